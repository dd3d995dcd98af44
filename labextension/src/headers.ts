/** The slim line above a model's cell: who wrote it, in which step, and what that took. */

import { Cell, ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { PanelLayout, Widget } from '@lumino/widgets';
import { aboutOf, isEdited, spanOf } from './about';
import type { AboutCell } from './protocol';
import { el, setText } from './view/dom';
import { dollars, duration, tokens } from './view/format';

/** What a click on a header opens. */
export type Open = (run: string, span: string) => void;

export class CellHeaders implements IDisposable {
  private readonly _headers = new Map<Cell, Header>();
  private _isDisposed = false;

  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _trans: TranslationBundle,
    private readonly _open: Open
  ) {
    _panel.content.modelContentChanged.connect(this._refresh, this);
    _panel.disposed.connect(this.dispose, this);
    void _panel.revealed.then(() => this._refresh());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._headers.clear();
  }

  private _refresh(): void {
    if (this._isDisposed || this._panel.isDisposed) {
      return;
    }
    for (const cell of this._panel.content.widgets) {
      const about = aboutOf(cell.model);
      if (about !== undefined) {
        void cell.ready.then(() => this._show(cell, about));
      } else {
        this._headers.get(cell)?.dispose();
        this._headers.delete(cell);
      }
    }
  }

  private _show(cell: Cell, about: AboutCell): void {
    if (cell.isDisposed) {
      return;
    }
    let header = this._headers.get(cell);
    if (header === undefined) {
      header = new Header(this._trans, this._open);
      this._headers.set(cell, header);
      cell.disposed.connect(() => this._headers.delete(cell));
      (cell.layout as PanelLayout).insertWidget(0, header);
      cell.addClass('rlm-cell');
      cell.toggleClass('rlm-mod-folded', isLongThought(cell.model));
    }
    header.tell(about, cell.model);
  }
}

class Header extends Widget {
  private readonly _button = el('button', { class: 'rlm-cell-step', type: 'button' });
  private readonly _facts = el('span', { class: 'rlm-cell-facts' });
  private _about: AboutCell | null = null;

  constructor(
    private readonly _trans: TranslationBundle,
    open: Open
  ) {
    super();
    this.addClass('rlm-cell-header');
    this.node.append(this._button, this._facts);
    this._button.addEventListener('click', () => {
      this.parent?.removeClass('rlm-mod-folded');
      if (this._about !== null) {
        open(this._about.run, spanOf(this._about));
      }
    });
  }

  tell(about: AboutCell, model: ICellModel): void {
    this._about = about;
    const trans = this._trans;
    const step = about.cell ? `${about.step}.${about.cell}` : `${about.step}`;
    setText(this._button, trans.__('Step %1', step));
    this._button.title = trans.__('Show this step of the run');
    this._button.setAttribute(
      'aria-label',
      trans.__('Step %1, written by the model: show it', step)
    );
    const facts = [
      about.model ?? '',
      about.tokens === undefined ? '' : trans.__('%1 tokens', tokens(about.tokens)),
      about.tokens === undefined ? '' : dollars(about.cost ?? null),
      about.seconds === undefined ? '' : duration(about.seconds),
      isEdited(model) ? trans.__('edited') : ''
    ];
    setText(this._facts, facts.filter(Boolean).join(' · '));
  }
}

/** Lines of a thought that show; a longer one is folded until its step is opened. */
const SHOWN_LINES = 12;

function isLongThought(model: ICellModel): boolean {
  return (
    model.type === 'markdown' && model.sharedModel.getSource().split('\n').length > SHOWN_LINES
  );
}
