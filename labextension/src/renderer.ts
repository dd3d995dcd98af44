/** The card of a run, in the output of its `%%rlm` cell: live while it runs, as saved afterwards. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { eventsOf } from './model/reading';
import type { RunModel } from './model';
import { TRAJECTORY_MIME } from './protocol';
import type { RunRegistry } from './registry';
import { CardView } from './view/card';

/** Adds to a card what acts on its run; returns what takes that away. */
export type Equip = (card: CardView, run: RunModel) => { dispose(): void };

/** Whether a notebook has the cell of a run that a span is about. */
export type HasCell = (run: string, span: string) => boolean;

/** Shows a step where all there is to read about it stands, whether the notebook has its cells or not. */
export type Reveal = (run: string, span: string) => void;

class RenderedRun extends Widget implements IRenderMime.IRenderer {
  private _card: CardView | null = null;
  private _equipment: { dispose(): void } | null = null;
  private _run = '';

  constructor(
    private readonly _registry: RunRegistry,
    private readonly _trans: TranslationBundle,
    private readonly _equip: Equip,
    private readonly _hasCell: HasCell,
    private readonly _reveal: Reveal
  ) {
    super();
    this.addClass('rlm-rendered');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const saved = model.data[TRAJECTORY_MIME] as unknown as { run: string };
    try {
      this._show(this._registry.recall(saved.run, eventsOf(saved)));
    } catch (error) {
      this.node.textContent = this._trans.__('This run cannot be shown: %1', String(error));
    }
    return Promise.resolve();
  }

  /** A card for the run, unless it is the one that is shown. */
  private _show(run: RunModel): void {
    if (this._run !== run.id) {
      this._clear();
      this._card = new CardView(this.node, run, {
        trans: this._trans,
        hasCell: cell => this._hasCell(run.id, cell),
        onSelect: step => this._reveal(run.id, step.span)
      });
      this._equipment = this._equip(this._card, run);
      this._run = run.id;
    }
  }

  override dispose(): void {
    this._clear();
    super.dispose();
  }

  private _clear(): void {
    this._equipment?.dispose();
    this._card?.dispose();
  }
}

export function rendererFactory(
  registry: RunRegistry,
  trans: TranslationBundle,
  equip: Equip,
  hasCell: HasCell,
  reveal: Reveal
): IRenderMime.IRendererFactory {
  return {
    safe: true, // it shows texts, and no markup of anybody's
    mimeTypes: [TRAJECTORY_MIME],
    defaultRank: 0,
    createRenderer: () => new RenderedRun(registry, trans, equip, hasCell, reveal)
  };
}
