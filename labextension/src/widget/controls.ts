/** The buttons of a widget. They send `%rlm` commands, which wait while the kernel is busy. */

import type { RunModel, Status } from '../model';
import { raiseFor } from '../model/raising';
import { el, on, setChildren, setText, show } from '../view/dom';
import type { Trans } from '../view/trans';
import type { Line } from './line';

/** Milliseconds that a free kernel may take to answer before it is called busy. */
const AT_ONCE = 500;

type Operation = 'accept' | 'skip' | 'resume' | 'step' | 'stop';

/** What can be done with a run in each state. */
const OPERATIONS: Readonly<Record<Status, readonly Operation[]>> = {
  running: [],
  proposed: ['accept', 'skip', 'step', 'stop'],
  paused: ['resume', 'step', 'stop'],
  failed: ['resume', 'step', 'stop'],
  interrupted: [],
  finished: [],
  stopped: []
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
      accept: this._button('accept', trans.__('Accept')),
      skip: this._button('skip', trans.__('Skip')),
      resume: this._button('resume', trans.__('Resume')),
      step: this._button('step', trans.__('Step')),
      stop: this._button('stop', trans.__('Stop'))
    };
    this.element = el('div', { class: 'rlm-widget-controls' }, this._hint, this._note);
    on(this._hint, 'keydown', event => {
      if (event.key === 'Enter' && this._model.status !== 'proposed') {
        this._act('resume');
      }
    });
    this._endings = [_model.onChange(() => this._paint()), _line.onChange(() => this._paint())];
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

  private _act(op: Operation): void {
    if (this._isWaiting) {
      return;
    }
    const content = op === 'stop' ? {} : this._wordsOfGoingOn();
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

  private _wordsOfGoingOn(): object {
    const raise = raiseFor(this._model);
    const hint = this._hint.value.trim();
    this._hint.value = '';
    return { hint, limits: raise === null ? {} : { [raise.limit]: raise.to } };
  }

  private _say({ isLate }: { isLate: boolean }): void {
    this._isLate = isLate;
    this._paint();
  }

  private _paint(): void {
    const canAct = this._options.canAct && this._line.isLive;
    const operations = canAct ? OPERATIONS[this._model.status] : [];
    setChildren(
      this._actions,
      operations.map(op => this._buttons[op])
    );
    for (const op of operations) {
      this._buttons[op].disabled = this._isWaiting;
      this._buttons[op].title = this._titleOf(op);
    }
    this._hint.disabled = this._isWaiting;
    const canHint = operations.length > 0;
    show(this._hint, canHint);
    setText(this._note, this._noteOn(canAct));
    show(this.element, canHint || this._note.textContent !== '');
  }

  private _titleOf(op: Operation): string {
    const { trans } = this._options;
    const raise = op === 'stop' ? null : raiseFor(this._model);
    const limit = raise === null ? '' : ` --${raise.limit.replace('_', '-')} ${raise.to}`;
    const command = `%rlm ${op} ${this._model.id}${limit}`;
    switch (op) {
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

  private _noteOn(canAct: boolean): string {
    const { trans } = this._options;
    switch (this._model.status) {
      case 'running':
        return canAct ? trans.__('The kernel is busy with this run: interrupt it to pause.') : '';
      case 'paused':
      case 'proposed':
      case 'failed':
        return canAct ? this._noteOnWaiting() : trans.__('The kernel of this run is gone.');
      case 'interrupted':
      case 'finished':
      case 'stopped':
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
