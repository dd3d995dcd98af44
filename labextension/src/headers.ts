/** The slim line above a model's cell: who wrote it, in which step, and what that took. */

import { Cell, ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { PanelLayout, Widget } from '@lumino/widgets';
import { aboutOf, isEdited, isLeftOut, isProposed, spanOf, wasInterrupted } from './about';
import type { AboutCell } from './protocol';
import { el, setText, show } from './view/dom';
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
      if (aboutOf(cell.model) !== undefined) {
        void cell.ready.then(() => this._show(cell));
      } else {
        this._headers.get(cell)?.dispose();
        this._headers.delete(cell);
        cell.removeClass('rlm-cell');
        cell.removeClass('rlm-mod-folded');
        cell.removeClass('rlm-mod-proposed');
        cell.removeClass('rlm-mod-left-out');
      }
    }
  }

  private _show(cell: Cell): void {
    const about = cell.isDisposed ? undefined : aboutOf(cell.model);
    if (about === undefined) {
      return; // by now it is gone, or the user's
    }
    let header = this._headers.get(cell);
    if (header === undefined) {
      header = new Header(this._trans, this._open);
      this._headers.set(cell, header);
      cell.disposed.connect(() => this._headers.delete(cell));
      (cell.layout as PanelLayout).insertWidget(0, header);
      cell.addClass('rlm-cell');
    }
    header.tell(about, cell.model);
  }
}

class Header extends Widget {
  private readonly _button = el('button', { class: 'rlm-cell-step', type: 'button' });
  private readonly _state = el('span', { class: 'rlm-cell-state' });
  private readonly _facts = el('span', { class: 'rlm-cell-facts' });
  private readonly _fold = el('button', { class: 'rlm-cell-fold', type: 'button' });
  private _about: AboutCell | null = null;
  private _isUnfolded = false;

  constructor(
    private readonly _trans: TranslationBundle,
    open: Open
  ) {
    super();
    this.addClass('rlm-cell-header');
    this.node.append(this._button, this._state, this._facts, this._fold);
    for (const button of [this._button, this._fold]) {
      button.dataset['lmSuppressShortcuts'] = 'true'; // Enter presses it, and edits no cell
      button.addEventListener('mousedown', event => event.preventDefault()); // the focus stays
    }
    this._button.addEventListener('click', () => {
      if (this._about !== null) {
        open(this._about.run, spanOf(this._about));
      }
    });
    this._fold.addEventListener('click', () => {
      this._isUnfolded = !this._isUnfolded;
      this._showFold(true);
    });
  }

  tell(about: AboutCell, model: ICellModel): void {
    this._about = about;
    const trans = this._trans;
    const step = about.cell ? `${about.step}.${about.cell}` : `${about.step}`;
    setText(this._button, trans.__('Step %1', step));
    const saysStep = hasHeading(about, model);
    show(this._button, !saysStep);
    this._button.title = trans.__('Show this step of the run');
    this._button.setAttribute(
      'aria-label',
      trans.__('Step %1, written by the model: show it', step)
    );
    const waits = isProposed(about);
    const leftOut = isLeftOut(model);
    this.toggleClass('rlm-mod-proposed', waits);
    this.parent?.toggleClass('rlm-mod-proposed', waits);
    this.toggleClass('rlm-mod-left-out', leftOut);
    this.parent?.toggleClass('rlm-mod-left-out', leftOut);
    const interrupted = wasInterrupted(model);
    this.toggleClass('rlm-mod-interrupted', interrupted);
    setText(this._state, waits ? trans.__('Proposed, not run yet') : this._fate(about));
    show(this._state, waits || leftOut || interrupted);
    const facts = [
      about.proposed ?? '',
      about.model ?? '',
      about.tokens === undefined ? '' : trans.__('%1 tokens', tokens(about.tokens)),
      about.tokens === undefined ? '' : dollars(about.cost ?? null),
      about.seconds === undefined ? '' : duration(about.seconds),
      isEdited(model) || about.edited === 'before' ? trans.__('edited') : ''
    ];
    setText(this._facts, facts.filter(Boolean).join(' · '));
    this._showFold(isLongThought(model));
    this.setHidden(saysStep && this._fold.hidden);
  }

  private _fate(about: AboutCell): string {
    if (about.interrupted !== undefined) {
      return about.interrupted === 'kernel died'
        ? this._trans.__('Interrupted: the kernel died')
        : this._trans.__('Interrupted');
    }
    return about.left_out === 'skipped'
      ? this._trans.__('Skipped, not run')
      : this._trans.__('Not run');
  }

  private _showFold(isLong: boolean): void {
    const trans = this._trans;
    show(this._fold, isLong);
    setText(this._fold, this._isUnfolded ? trans.__('Show less') : trans.__('Show all'));
    this._fold.setAttribute('aria-expanded', String(this._isUnfolded));
    this.parent?.toggleClass('rlm-mod-folded', isLong && !this._isUnfolded);
  }
}

/** Whether a thought begins with its step, as in a notebook that was written from a run. */
function hasHeading({ step }: AboutCell, model: ICellModel): boolean {
  const [first] = model.type === 'markdown' ? model.sharedModel.getSource().split('\n', 1) : [];
  return first === `### Step ${step}`;
}

/** Lines and characters of a thought that show; a longer one is folded until it is asked for. */
const SHOWN_LINES = 12;
const SHOWN_LENGTH = 1200;

function isLongThought(model: ICellModel): boolean {
  const source = model.type === 'markdown' ? model.sharedModel.getSource() : '';
  return source.length > SHOWN_LENGTH || source.split('\n').length > SHOWN_LINES;
}
