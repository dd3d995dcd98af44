/** The compact view of a run below its `%%rlm` cell: where it stands, and what it came to. */

import type { Node, RunModel } from '../model';
import { Announcer } from './announcer';
import { StepsTable } from './card-steps';
import { Present } from './card-present';
import { el, setAttribute, setChildren, setText, show, type View } from './dom';
import { icon, setIcon } from './icons';
import { LongText } from './longtext';
import * as phrases from './phrases';
import { Pulse, wallClock } from './pulse';
import { oneLine, plain } from './text';
import type { Trans } from './trans';

export interface CardOptions {
  trans: Trans;
  /** The Unix time, by default the browser's. */
  now?: () => number;
  /** Makes the line of a step a button that does this. */
  onSelect?: (step: Node) => void;
  /** Whether a cell is to be seen beside the card, which then need not show its code. */
  hasCell?: (cell: string) => boolean;
}

const QUESTION = 400;
/** Characters up to which an answer stands out. */
const SHORT_ANSWER = 160;

export class CardView implements View {
  readonly element: HTMLElement;
  /** Where the host puts its buttons. */
  readonly actions = el('div', { class: 'rlm-card-actions' });

  private readonly _icon = icon('running');
  private readonly _status = el('strong', { class: 'rlm-card-status' });
  private readonly _place = el('span', { class: 'rlm-card-place' });
  private readonly _models = el('span', { class: 'rlm-card-models' });
  private readonly _question = el('div', { class: 'rlm-card-question' });
  private readonly _notes = el('div', { class: 'rlm-card-notes' });
  private readonly _warnings = el('div', { class: 'rlm-card-warnings' });
  private readonly _steps: StepsTable;
  private readonly _present: Present;
  private readonly _outcome: Outcome;
  private readonly _budget = new BudgetLine();
  private readonly _announcer: Announcer;
  private readonly _pulse: Pulse;
  private readonly _equipped: MutationObserver;
  private readonly _model: RunModel;
  private readonly _trans: Trans;
  private readonly _now: () => number;

  constructor(host: HTMLElement, model: RunModel, options: CardOptions) {
    this._model = model;
    this._trans = options.trans;
    this._now = options.now ?? wallClock;
    this._steps = new StepsTable(options.trans, options.onSelect);
    this._present = new Present(options.trans, options.hasCell);
    this._outcome = new Outcome(options.trans);
    this._announcer = new Announcer(model, options.trans);
    this.element = this._build();
    host.append(this.element);
    this._pulse = new Pulse(model, () => this._paint());
    this._pulse.flush();
    this._equipped = new MutationObserver(() => this._pulse.request());
    this._equipped.observe(this.actions, { childList: true });
  }

  dispose(): void {
    this._pulse.dispose();
    this._equipped.disconnect();
    this.element.remove();
  }

  private _build(): HTMLElement {
    const label = this._trans.__('Run of a recursive language model');
    const line = el('div', { class: 'rlm-card-line' }, this._status, this._place, this._models);
    return el(
      'section',
      { class: 'rlm-card', 'aria-label': label },
      el('header', { class: 'rlm-card-head' }, this._icon, line, this.actions),
      this._question,
      this._notes,
      this._steps.element,
      this._present.element,
      this._outcome.element,
      this._warnings,
      this._budget.element,
      this._announcer.element
    );
  }

  private _paint(): void {
    const [model, trans, now] = [this._model, this._trans, this._now()];
    setAttribute(this.element, 'data-status', model.status);
    setIcon(this._icon, model.status);
    setText(this._status, phrases.status(model, trans));
    setText(this._place, phrases.place(model, now, trans).join(' · '));
    setText(this._models, phrases.models(model, trans));
    setText(this._question, oneLine(model.question, QUESTION));
    setAttribute(this._question, 'title', plain(model.question.slice(0, 2000)));
    paragraphs(this._notes, phrases.notes(model, trans));
    paragraphs(this._warnings, model.warnings);
    this._steps.paint(model);
    this._present.paint(model, now);
    this._outcome.paint(model, this.actions.childElementCount > 0);
    this._budget.paint(model, trans);
    this._announcer.paint();
  }
}

/** The answer, or why there is none and how to go on. */
class Outcome {
  readonly element = el('div', { class: 'rlm-card-outcome' });
  private readonly _type = el('span', { class: 'rlm-dim' });
  private readonly _label: HTMLElement;
  private readonly _answer: LongText;
  private readonly _message = el('div', { class: 'rlm-card-message' });
  private readonly _next = el('div', { class: 'rlm-dim' });
  private readonly _trans: Trans;

  constructor(trans: Trans) {
    this._trans = trans;
    this._answer = new LongText(trans, 'rlm-card-answer');
    this._label = el(
      'div',
      { class: 'rlm-card-answer-label' },
      trans.__('Answer'),
      ' ',
      this._type
    );
    this.element.append(this._label, this._answer.element, this._message, this._next);
  }

  /** `hasActions`: there are buttons that do what the hint would say to type. */
  paint(model: RunModel, hasActions: boolean): void {
    const { answer, status } = model;
    const hasButton = hasActions && model.status !== 'interrupted';
    const next = hasButton ? '' : phrases.whatNext(model, this._trans);
    const message = status === 'running' || status === 'proposed' ? '' : model.message;
    show(this._label, answer !== null);
    show(this._answer.element, answer !== null);
    if (answer) {
      setText(this._type, answer.type === 'str' ? '' : answer.type);
      this._answer.set(answer.text);
      setAttribute(this._answer.element, 'data-long', answer.text.length > SHORT_ANSWER);
    }
    setText(this._message, plain(message.slice(0, 2000)));
    this._paintNext(next);
    show(this._message, message !== '');
    show(this._next, next !== '');
    show(this.element, answer !== null || message !== '' || next !== '');
  }

  /** What stands between backticks is code. */
  private _paintNext(next: string): void {
    if (this._next.textContent !== next.replace(/`/g, '')) {
      const pieces = next.split('`');
      this._next.replaceChildren(
        ...pieces.map((text, place) => (place % 2 ? el('code', {}, text) : text))
      );
    }
  }
}

/** What the run has used of its budget, as a bar of a hair's breadth and a line. */
class BudgetLine {
  private readonly _bar = el('div', { class: 'rlm-card-budget-bar' });
  private readonly _line = el('div', { class: 'rlm-card-budget-line' });
  readonly element = el('footer', { class: 'rlm-card-budget' }, this._bar, this._line);

  paint(model: RunModel, trans: Trans): void {
    const used = phrases.budgetUsed(model);
    this._bar.style.setProperty('--rlm-part', String(used ?? 0));
    setAttribute(this._bar, 'data-near', used !== null && used >= 0.9);
    setText(this._line, phrases.budget(model, trans).join(' · '));
  }
}

/** A line each for a few sentences. */
function paragraphs(parent: HTMLElement, lines: readonly string[]): void {
  const shown = lines.map((line, place) => {
    const paragraph = parent.children[place] ?? el('p');
    setText(paragraph, plain(line.slice(0, 2000)));
    return paragraph;
  });
  setChildren(parent, shown);
  show(parent, lines.length > 0);
}
