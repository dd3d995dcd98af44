/** The buttons of a widget. They send `%rlm` commands, which wait while the kernel is busy. */

import type { RunModel } from '../model';
import { raiseFor } from '../model/raising';
import { el, on, setChildren, setText, show } from '../view/dom';
import type { Trans } from '../view/trans';
import type { Line } from './line';

/** Milliseconds that a free kernel may take to answer before it is called busy. */
const AT_ONCE = 500;

export interface ControlOptions {
  readonly trans: Trans;
  readonly canAct: boolean;
}

export class Controls {
  readonly element: HTMLElement;
  private readonly _hint: HTMLInputElement;
  private readonly _resume: HTMLButtonElement;
  private readonly _stop: HTMLButtonElement;
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
    this._resume = el('button', { type: 'button', class: 'rlm-button' }, trans.__('Resume'));
    this._stop = el('button', { type: 'button', class: 'rlm-button' }, trans.__('Stop'));
    this._stop.title = trans.__('End this run for good: %1', `%rlm stop ${_model.id}`);
    this.element = el('div', { class: 'rlm-widget-controls' }, this._hint, this._note);
    on(this._resume, 'click', () => this._goOn());
    on(this._stop, 'click', () => this._act('stop', {}));
    on(this._hint, 'keydown', event => {
      if (event.key === 'Enter') {
        this._goOn();
      }
    });
    this._endings = [_model.onChange(() => this._paint()), _line.onChange(() => this._paint())];
    this._paint();
  }

  dispose(): void {
    this._endings.forEach(end => end());
    this.element.remove();
  }

  private _goOn(): void {
    const raise = raiseFor(this._model);
    const limits = raise === null ? {} : { [raise.limit]: raise.to };
    this._act('resume', { hint: this._hint.value.trim(), limits });
    this._hint.value = '';
  }

  private _act(op: string, content: object): void {
    if (this._isWaiting) {
      return;
    }
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

  private _say({ isLate }: { isLate: boolean }): void {
    this._isLate = isLate;
    this._paint();
  }

  private _paint(): void {
    const { status } = this._model;
    const canAct = this._options.canAct && this._line.isLive;
    const canResume = canAct && (status === 'paused' || status === 'failed');
    const canStop = canResume || (canAct && status === 'proposed');
    const buttons = [canResume ? this._resume : null, canStop ? this._stop : null];
    setChildren(
      this._actions,
      buttons.filter(button => button !== null)
    );
    for (const button of [this._resume, this._stop, this._hint]) {
      button.disabled = this._isWaiting;
    }
    this._resume.title = this._options.trans.__('Go on with this run: %1', this._resumeCommand());
    show(this._hint, canResume);
    setText(this._note, this._noteOn(canAct));
    show(this.element, canResume || this._note.textContent !== '');
  }

  private _resumeCommand(): string {
    const raise = raiseFor(this._model);
    const limit = raise === null ? '' : ` --${raise.limit.replace('_', '-')} ${raise.to}`;
    return `%rlm resume ${this._model.id}${limit}`;
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
