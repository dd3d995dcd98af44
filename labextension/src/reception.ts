/** How a page and a kernel meet: what the page says of itself, and what it makes of the answer. */

import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Preferences } from './preferences';
import { mismatch } from './mismatch';
import type { Greeting } from './protocol';

export class Reception {
  constructor(
    readonly preferences: Preferences,
    private readonly _trans: TranslationBundle
  ) {}

  /** What a hello says: the user's defaults. */
  get words(): JSONObject {
    return { defaults: this.preferences.defaults };
  }

  /** The words are others now. */
  get changed(): ISignal<Preferences, void> {
    return this.preferences.changed;
  }

  /** Whether this page can work with the kernel; where it cannot, the user is told what to do. */
  understands(greeting: Greeting): boolean {
    const advice = mismatch(greeting.protocol, this._trans);
    if (advice !== null) {
      Notification.warning(advice, { autoClose: false });
    }
    return advice === null;
  }
}
