import type { Node } from '../model';
import { el, on, setAttribute, setText, show } from './dom';
import { lineOf } from './facts';
import * as format from './format';
import { icon } from './icons';
import type { Group, TimelineLayout } from './timeline-layout';
import * as labels from './labels';
import type { Trans } from './trans';

/** What a group's name and its caret do. */
export interface HeadActions {
  toggle(step: Node): void;
  select(step: Node): void;
}

/** The names of the groups in view. */
export class GroupHeads {
  private readonly _parent: HTMLElement;
  private readonly _heads: Head[] = [];
  private readonly _trans: Trans;
  private readonly _actions: HeadActions;

  constructor(parent: HTMLElement, trans: Trans, actions: HeadActions) {
    this._parent = parent;
    this._trans = trans;
    this._actions = actions;
  }

  paint(groups: readonly Group[], layout: TimelineLayout): void {
    groups.forEach((group, place) => this._head(place).paint(group, layout.isOpen(group.step)));
    this._heads.forEach((head, place) => show(head.element, place < groups.length));
  }

  private _head(place: number): Head {
    let head = this._heads[place];
    if (!head) {
      head = new Head(this._trans, this._actions);
      this._heads.push(head);
      this._parent.append(head.element);
    }
    return head;
  }
}

class Head {
  readonly element: HTMLElement;
  private readonly _caret = el(
    'button',
    { type: 'button', class: 'rlm-tl-caret rlm-icon-button' },
    icon('caret')
  );
  private readonly _label = el('span', { class: 'rlm-row-label' });
  private readonly _line = el('span', { class: 'rlm-row-line' });
  private readonly _name = el(
    'button',
    { type: 'button', class: 'rlm-tl-name' },
    this._label,
    this._line
  );
  private readonly _failed = el('span', { class: 'rlm-row-failed' });
  private readonly _facts = el('span', { class: 'rlm-dim' });
  private readonly _trans: Trans;
  private _step: Node | null = null;

  constructor(trans: Trans, actions: HeadActions) {
    this._trans = trans;
    const parts = [this._caret, this._name, this._failed, this._facts];
    this.element = el('div', { class: 'rlm-tl-head' }, ...parts);
    on(this._caret, 'click', () => this._step && actions.toggle(this._step));
    on(this._name, 'click', () => this._step && actions.select(this._step));
  }

  paint({ step, top, calls, lanes }: Group, open: boolean): void {
    const trans = this._trans;
    this._step = step;
    this.element.style.transform = `translateY(${top}px)`;
    setText(this._label, labels.label(step, trans));
    setText(this._line, lineOf(step));
    setText(this._failed, step.failed ? trans.__('%1 failed', format.count(step.failed)) : '');
    setText(this._facts, calls ? factsOf(calls, lanes.length, trans) : '');
    setAttribute(this._caret, 'aria-expanded', String(open));
    setAttribute(this._caret, 'aria-label', trans.__('A line for each call in flight'));
    setAttribute(this._caret, 'title', trans.__('A line for each call in flight'));
    setAttribute(this._caret, 'data-useless', lanes.length < 2);
    this._caret.disabled = lanes.length < 2;
  }
}

function factsOf(calls: number, lanes: number, trans: Trans): string {
  const said = trans._n('%2 call', '%2 calls', calls, format.count(calls));
  return lanes > 1 ? `${said} · ${trans.__('%1 at once', format.count(lanes))}` : said;
}
