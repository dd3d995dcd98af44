/** A message as the model was sent it, and beside it what the cells that it tells of showed. */

import type { Message } from './conversation';
import { cutsIn, lengthOf } from './cuts';
import { el, setAttribute, setChildren, setText, show } from './dom';
import * as format from './format';
import { icon } from './icons';
import { LongText } from './longtext';
import { observedIn } from './observed';
import { ObservedView } from './observed-view';
import type { Trans } from './trans';

export class MessageRow {
  readonly element: HTMLDetailsElement;
  private readonly _role = el('b');
  private readonly _facts = el('span', { class: 'rlm-dim' });
  private readonly _text: LongText;
  private readonly _toldTitle = el('h4');
  private readonly _seen = el('div', { class: 'rlm-message-seen' });
  private readonly _observed: ObservedView[] = [];
  private readonly _trans: Trans;

  constructor(trans: Trans, open: boolean) {
    this._trans = trans;
    this._text = new LongText(trans, 'rlm-message-text');
    setText(this._toldTitle, trans.__('What the model was sent'));
    const told = el('div', { class: 'rlm-message-told' }, this._toldTitle, this._text.element);
    this.element = el(
      'details',
      { class: 'rlm-message', open },
      el('summary', {}, icon('caret'), this._role, this._facts),
      el('div', { class: 'rlm-message-sides' }, told, this._seen)
    );
  }

  paint(message: Message, isNew: boolean): void {
    const { content, role } = message;
    const cuts = cutsIn(content).length;
    const characters = this._trans.__('%1 characters', format.count(lengthOf(content)));
    const cut = cuts > 0 ? this._trans.__('cut') : '';
    this.element.dataset.role = role;
    setAttribute(this._role, 'title', meaningOf(role, this._trans));
    setText(this._role, nameOf(role, this._trans));
    setText(this._facts, [characters, cut].filter(Boolean).join(' · '));
    this._text.set(content);
    this._paintSeen(isNew ? message : null);
  }

  /** What the cells showed; null where that stands with an earlier step. */
  private _paintSeen(message: Message | null): void {
    const observed = message === null ? [] : observedIn(message.content, message.cells);
    const views = observed.map((cell, place) => {
      const view = this._observed[place] ?? new ObservedView(this._trans);
      this._observed[place] = view;
      view.paint(cell);
      return view.element;
    });
    setChildren(this._seen, views);
    show(this._seen, views.length > 0);
    show(this._toldTitle, views.length > 0);
  }
}

function nameOf(role: string, trans: Trans): string {
  switch (role) {
    case 'system':
      return trans.__('system');
    case 'user':
      return trans.__('user');
    case 'assistant':
      return trans.__('assistant');
    default:
      return role;
  }
}

/** What a role is, to those who do not know the word. */
function meaningOf(role: string, trans: Trans): string | null {
  switch (role) {
    case 'system':
      return trans.__('How the model is to work');
    case 'user':
      return trans.__('The question, or what the cells showed');
    case 'assistant':
      return trans.__("The model's own reply");
    default:
      return null;
  }
}
