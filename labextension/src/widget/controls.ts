/** The buttons of a widget. They send `%rlm` commands, which wait while the kernel is busy. */

import type { Node, RunModel, Status } from '../model';
import { raiseFor, raiseTyped } from '../model/raising';
import { branchPoint } from '../view/branch';
import { el, on, setChildren, setText, show } from '../view/dom';
import type { Trans } from '../view/trans';
import type { Line } from './line';

/** Milliseconds that a free kernel may take to answer before it is called busy. */
const AT_ONCE = 500;

type Operation = 'branch' | 'accept' | 'skip' | 'resume' | 'step' | 'stop';

/** What can be done with a run in each state. */
const OPERATIONS: Readonly<Record<Status, readonly Operation[]>> = {
  running: [],
  proposed: ['branch', 'accept', 'skip', 'step', 'stop'],
  paused: ['branch', 'resume', 'step', 'stop'],
  failed: ['branch', 'resume', 'step', 'stop'],
  interrupted: [],
  finished: ['branch'],
  stopped: ['branch']
};

export interface ControlOptions {
  readonly trans: Trans;
  readonly canAct: boolean;
}

export class Controls {
  readonly element: HTMLElement;
  private readonly _hint: HTMLInputElement;
  private readonly _buttons: Readonly<Record<Operation, HTMLButtonElement>>;
  private readonly _note = el('span', { class: 'rlm-widget-note', role: 'status' });
  private readonly _endings: (() => void)[];
  private _chosen: string | null = null;
  private _isWaiting = false;
  private _isLate = false;
  private _refusal = '';

  constructor(
    private readonly _actions: HTMLElement,
    private readonly _model: RunModel,
    private readonly _line: Line,
    private readonly _options: ControlOptions
  ) {
    const { trans } = _options;
    const label = trans.__('Hint for the model, if you like');
    this._hint = el('input', { type: 'text', placeholder: label, 'aria-label': label });
    this._buttons = {
      branch: this._button('branch', trans.__('Branch')),
      accept: this._button('accept', trans.__('Accept')),
      skip: this._button('skip', trans.__('Skip')),
      resume: this._button('resume', trans.__('Resume')),
      step: this._button('step', trans.__('Step')),
      stop: this._button('stop', trans.__('Stop'))
    };
    this.element = el('div', { class: 'rlm-widget-controls' }, this._hint, this._note);
    on(this._hint, 'keydown', event => {
      if (event.key === 'Enter') {
        this._goOn();
      }
    });
    this._endings = [_model.onChange(() => this._paint()), _line.onChange(() => this._paint())];
    this._paint();
  }

  /** A node was chosen, of whose step the run may branch; null: none is any more. */
  choose(node: Node | null): void {
    this._chosen = node?.span ?? null;
    this._paint();
  }

  dispose(): void {
    this._endings.forEach(end => end());
    this.element.remove();
  }

  private _button(op: Operation, label: string): HTMLButtonElement {
    const button = el('button', { type: 'button', class: 'rlm-button' }, label);
    on(button, 'click', () => this._act(op));
    return button;
  }

  /** The step after which to branch; 0 where none is chosen. */
  private get _branchPoint(): number {
    return branchPoint(
      this._model,
      this._chosen === null ? null : (this._model.node(this._chosen) ?? null)
    );
  }

  /** What Enter means behind a hint; where cells wait it could mean too much. */
  private _goOn(): void {
    const operations = this._operations;
    if (operations.includes('resume')) {
      this._act('resume');
    } else if (this._model.status !== 'proposed' && this._branchPoint > 0) {
      this._act('branch');
    }
  }

  private get _operations(): readonly Operation[] {
    const canAct = this._options.canAct && this._line.isLive;
    return canAct ? OPERATIONS[this._model.status] : [];
  }

  private _act(op: Operation): void {
    if (this._isWaiting) {
      return;
    }
    const content = this._wordsOf(op);
    this._isWaiting = true;
    this._refusal = '';
    const late = setTimeout(() => this._say({ isLate: true }), AT_ONCE);
    this._line
      .request(op, content)
      .catch((error: Error) => (this._refusal = error.message))
      .finally(() => {
        clearTimeout(late);
        this._isWaiting = false;
        this._say({ isLate: false });
      });
    this._paint();
  }

  private _wordsOf(op: Operation): object {
    if (op === 'stop') {
      return {};
    }
    const hint = this._hint.value.trim();
    this._hint.value = '';
    const raise = raiseFor(this._model);
    const limits = raise === null ? {} : { [raise.limit]: raise.to };
    return op === 'branch' ? { hint, limits, step: this._branchPoint } : { hint, limits };
  }

  private _say({ isLate }: { isLate: boolean }): void {
    this._isLate = isLate;
    this._paint();
  }

  private _paint(): void {
    const operations = this._operations;
    setChildren(
      this._actions,
      operations.map(op => this._buttons[op])
    );
    const point = this._branchPoint;
    for (const op of operations) {
      this._buttons[op].disabled = this._isWaiting || (op === 'branch' && point === 0);
      this._buttons[op].title = this._titleOf(op);
    }
    setText(this._buttons.branch, this._labelOfBranch(point));
    this._hint.disabled = this._isWaiting;
    const canHint = operations.length > 0;
    show(this._hint, canHint);
    setText(this._note, this._noteOn());
    show(this.element, canHint || this._note.textContent !== '');
  }

  private _labelOfBranch(point: number): string {
    const { trans } = this._options;
    return point > 0 ? trans.__('Branch after step %1', point) : trans.__('Branch');
  }

  private _titleOfBranch(): string {
    const { trans } = this._options;
    const point = this._branchPoint;
    const command = `%rlm branch ${point} ${this._model.id}${raiseTyped(this._model)}`;
    return point > 0
      ? trans.__('Go another way, in a new run: %1', command)
      : trans.__('To go another way after a step, choose the step below');
  }

  private _titleOf(op: Operation): string {
    const { trans } = this._options;
    const command = `%rlm ${op} ${this._model.id}${op === 'stop' ? '' : raiseTyped(this._model)}`;
    switch (op) {
      case 'branch':
        return this._titleOfBranch();
      case 'accept':
        return trans.__('Run the proposed cells, and go on: %1', command);
      case 'skip':
        return trans.__('Leave the proposed cells out, and go on: %1', command);
      case 'resume':
        return trans.__('Go on with this run: %1', command);
      case 'step':
        return trans.__('Propose the next step: %1', command);
      case 'stop':
        return trans.__('End this run for good: %1', command);
    }
  }

  private _noteOn(): string {
    const { trans } = this._options;
    const canAct = this._options.canAct && this._line.isLive;
    switch (this._model.status) {
      case 'running':
        return canAct ? trans.__('The kernel is busy with this run: interrupt it to pause.') : '';
      case 'paused':
      case 'proposed':
      case 'failed':
        return canAct ? this._noteOnWaiting() : trans.__('The kernel of this run is gone.');
      case 'finished':
      case 'stopped':
        return canAct ? this._noteOnWaiting() : '';
      case 'interrupted':
        return '';
    }
  }

  private _noteOnWaiting(): string {
    const waits = this._isWaiting && this._isLate;
    return waits
      ? this._options.trans.__('The kernel is busy: this happens as soon as it is free.')
      : this._refusal;
  }
}
