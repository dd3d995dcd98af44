/** The steps of a run, a line each; of a long run the earlier ones are folded. */

import type { Node, RunModel } from '../model';
import { cellsOf, seconds, stepError, wasInterrupted } from './facts';
import { el, on, setAttribute, setChildren, setText, show } from './dom';
import * as format from './format';
import { icon } from './icons';
import * as labels from './labels';
import * as phrases from './phrases';
import type { Trans } from './trans';

/** Steps that show while the others are folded. */
const SHOWN = 6;
/** Folding fewer than this would save no room. */
const WORTH_FOLDING = 2;
const NONE = '–';

export class StepsTable {
  readonly element: HTMLElement;
  private readonly _fold: HTMLButtonElement;
  private readonly _foldLabel = el('span');
  private readonly _body = el('tbody');
  private readonly _rows = new Map<string, StepRow>();
  private readonly _trans: Trans;
  private readonly _onSelect: ((step: Node) => void) | undefined;
  private _unfolded = false;
  private _model: RunModel | null = null;

  constructor(trans: Trans, onSelect?: (step: Node) => void) {
    this._trans = trans;
    this._onSelect = onSelect;
    this._fold = el(
      'button',
      { type: 'button', class: 'rlm-card-fold', 'aria-expanded': 'false' },
      icon('caret'),
      this._foldLabel
    );
    on(this._fold, 'click', () => this._toggle());
    const table = el('table', { class: 'rlm-card-table' }, this._head(), this._body);
    this.element = el('div', { class: 'rlm-card-steps' }, this._fold, table);
  }

  paint(model: RunModel): void {
    this._model = model;
    const { steps } = model;
    const folded = steps.length >= SHOWN + WORTH_FOLDING ? steps.length - SHOWN : 0;
    const shown = this._unfolded ? steps : steps.slice(folded);
    this._forget(shown);
    setChildren(
      this._body,
      shown.map(step => this._row(step).paint(model, step))
    );
    show(this.element, steps.length > 0);
    show(this._fold, folded > 0);
    setText(this._foldLabel, this._trans.__('Steps 1 to %1', folded));
  }

  private _toggle(): void {
    this._unfolded = !this._unfolded;
    setAttribute(this._fold, 'aria-expanded', String(this._unfolded));
    if (this._model) {
      this.paint(this._model);
    }
  }

  private _row(step: Node): StepRow {
    let row = this._rows.get(step.span);
    if (!row) {
      row = new StepRow(this._trans, this._onSelect && (() => this._select(step.span)));
      this._rows.set(step.span, row);
    }
    return row;
  }

  private _select(span: string): void {
    const step = this._model?.node(span);
    if (step) {
      this._onSelect?.(step);
    }
  }

  private _forget(shown: readonly Node[]): void {
    if (this._rows.size > shown.length) {
      const spans = new Set(shown.map(step => step.span));
      for (const span of this._rows.keys()) {
        if (!spans.has(span)) {
          this._rows.delete(span);
        }
      }
    }
  }

  private _head(): HTMLElement {
    const trans = this._trans;
    const heads = [
      el('th', { scope: 'col', class: 'rlm-card-number' }, '#'),
      el('th', { scope: 'col', class: 'rlm-card-step' }, trans.__('Step')),
      el('th', { scope: 'col', class: 'rlm-card-figure rlm-wide' }, trans.__('Cells')),
      el('th', { scope: 'col', class: 'rlm-card-calls rlm-wide' }, trans.__('Calls')),
      el('th', { scope: 'col', class: 'rlm-card-figure rlm-wide' }, trans.__('Tokens')),
      el('th', { scope: 'col', class: 'rlm-card-figure rlm-wide' }, trans.__('Cost')),
      el('th', { scope: 'col', class: 'rlm-card-figure' }, trans.__('Time'))
    ];
    return el('thead', {}, el('tr', {}, ...heads));
  }
}

/** The line of a step. */
class StepRow {
  private readonly _number = el('td', { class: 'rlm-card-number' });
  private readonly _line: HTMLElement;
  private readonly _trouble = el('span', { class: 'rlm-card-trouble' });
  /** What the columns say, for cards too narrow to have them. */
  private readonly _below = el('div', { class: 'rlm-card-step-below rlm-narrow' });
  private readonly _cells = el('td', { class: 'rlm-card-figure rlm-wide' });
  private readonly _calls = el('span');
  private readonly _failed = el('span', { class: 'rlm-card-trouble' });
  private readonly _tokens = el('td', { class: 'rlm-card-figure rlm-wide' });
  private readonly _cost = el('td', { class: 'rlm-card-figure rlm-wide' });
  private readonly _time = el('td', { class: 'rlm-card-figure' });
  private readonly _element: HTMLElement;
  private readonly _trans: Trans;
  private _painted = '';

  constructor(trans: Trans, onSelect: (() => void) | undefined) {
    this._trans = trans;
    this._line = onSelect
      ? el('button', { type: 'button', class: 'rlm-card-step-line' })
      : el('span', { class: 'rlm-card-step-line' });
    if (onSelect) {
      on(this._line, 'click', onSelect);
    }
    const line = el('div', { class: 'rlm-card-step-text' }, this._trouble, this._line);
    const calls = el('td', { class: 'rlm-card-calls rlm-wide' }, this._failed, ' ', this._calls);
    const step = el('td', { class: 'rlm-card-step' }, line, this._below);
    const figures = [this._cells, calls, this._tokens, this._cost, this._time];
    this._element = el('tr', {}, this._number, step, ...figures);
  }

  paint(model: RunModel, step: Node): HTMLElement {
    const { ended, tokens, calls, children, detail } = step;
    const last = children.at(-1)?.detail.length; // how a cell ended may come to be known late
    const state = [step.state, ended, tokens, calls, children.length, last, detail.length].join();
    if (state !== this._painted || step.state === 'running') {
      this._painted = state;
      this._paintText(model, step);
      this._paintFigures(step);
    }
    return this._element;
  }

  private _paintText(model: RunModel, step: Node): void {
    const children = phrases.children(model, step, this._trans);
    const line = phrases.stepLine(step, this._trans);
    const trouble = phrases.trouble(step, this._trans);
    setText(this._number, String(labels.stepNumber(step)));
    setText(this._line, children ? `${line} · ${children}` : line);
    setAttribute(this._line, 'title', line);
    setText(this._trouble, trouble);
    setAttribute(this._trouble, 'data-quiet', trouble === phrases.fate(step, this._trans));
    setAttribute(this._trouble, 'data-by-user', wasInterrupted(step) || !stepError(step));
    show(this._trouble, trouble !== '');
  }

  private _paintFigures(step: Node): void {
    const { calls, failed, tokens, state } = step;
    const cells = cellsOf(step).length;
    const used = tokens > 0 || step.unpriced > 0;
    const failures = failed ? this._trans.__('%1 failed', format.count(failed)) : '';
    const time = state === 'running' ? '…' : format.duration(seconds(step, step.started));
    setText(this._cells, cells ? format.count(cells) : NONE);
    setText(this._calls, calls ? format.count(calls) : NONE);
    setText(this._failed, failures);
    setText(this._tokens, used ? format.tokens(tokens) : NONE);
    setText(this._cost, used ? phrases.cost(step) : NONE);
    setText(this._time, time);
    setText(this._below, this._summary(step, cells, failures, used));
  }

  private _summary(step: Node, cells: number, failures: string, used: boolean): string {
    const trans = this._trans;
    const said = [
      cells ? trans._n('%1 cell', '%1 cells', cells) : '',
      step.calls ? trans._n('%2 call', '%2 calls', step.calls, format.count(step.calls)) : '',
      failures,
      used ? trans.__('%1 tokens', format.tokens(step.tokens)) : '',
      used ? phrases.cost(step) : ''
    ];
    return said.filter(Boolean).join(' · ');
  }
}
