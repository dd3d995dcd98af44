/** What the user has set in JupyterLab's settings editor. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { JSONObject } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

export type Side = 'left' | 'right';

/** The settings that are the page's own business; all others are options of a run. */
const OWN = ['thought_cells', 'panel_side', 'provider_keys'];

export class Preferences {
  private readonly _changed = new Signal<this, void>(this);

  /** `settings` is null where the front end keeps none: then all is as built in. */
  constructor(private readonly _settings: ISettingRegistry.ISettings | null) {
    _settings?.changed.connect(() => this._changed.emit());
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Defaults of the options of a run, as the kernel names them. */
  get defaults(): JSONObject {
    return Object.fromEntries(Object.entries(this._all).filter(([name]) => !OWN.includes(name)));
  }

  /** Whether what a model thinks before its code becomes a cell. */
  get thoughtCells(): boolean {
    return this._all['thought_cells'] !== false;
  }

  /** Where the panel stands. */
  get panelSide(): Side {
    return this._all['panel_side'] === 'left' ? 'left' : 'right';
  }

  private get _all(): JSONObject {
    return (this._settings?.composite ?? {}) as JSONObject;
  }
}
