/** What the model sees: the request of a step, message by message, beside what its cells showed. */

import type { Node, RunModel } from '../model';
import { iconButton } from './buttons';
import { conversationOf, nodesOfConversation, sentBefore, type Message } from './conversation';
import { cutsIn, lengthOf } from './cuts';
import { shortenedNote } from './detail';
import { el, setAttribute, setChildren, setText, show, type View } from './dom';
import * as format from './format';
import { icon } from './icons';
import * as labels from './labels';
import { MessageRow } from './message-row';
import { Pulse } from './pulse';
import type { Trans } from './trans';
import type { Wholes } from './wholes';

export interface MessagesOptions {
  trans: Trans;
  /** Gets the whole of texts that came shortened. */
  wholes?: Wholes;
  /** A step was gone to. */
  onSelect?: (step: Node) => void;
}

export class MessagesView implements View {
  readonly element: HTMLElement;
  private readonly _title = el('h2', { class: 'rlm-messages-step' });
  private readonly _size = el('span', { class: 'rlm-dim' });
  private readonly _back: HTMLButtonElement;
  private readonly _on: HTMLButtonElement;
  private readonly _note = el('p', { class: 'rlm-note', role: 'status' });
  private readonly _empty = el('p', { class: 'rlm-empty' });
  private readonly _before = el('div');
  private readonly _beforeTitle = el('b');
  private readonly _beforeSize = el('span', { class: 'rlm-dim' });
  private readonly _beforeFold: HTMLElement;
  private readonly _newTitle = el('h3', { class: 'rlm-messages-new' });
  private readonly _new = el('div');
  private readonly _rows = new Map<string, MessageRow>();
  private readonly _pulse: Pulse;
  private readonly _model: RunModel;
  private readonly _options: MessagesOptions;
  private _span: string | null = null;
  private _painted = '';

  constructor(host: HTMLElement, model: RunModel, options: MessagesOptions) {
    const { trans } = options;
    this._model = model;
    this._options = options;
    this._back = iconButton('back', trans.__('The step before'), () => this._go(-1));
    this._on = iconButton('caret', trans.__('The next step'), () => this._go(1));
    setText(this._note, shortenedNote(trans));
    setText(this._empty, trans.__('No steps yet'));
    setText(this._newTitle, trans.__('New in this step'));
    show(this._note, false);
    this._beforeFold = el(
      'details',
      { class: 'rlm-messages-before' },
      el('summary', {}, icon('caret'), this._beforeTitle, this._beforeSize),
      this._before
    );
    const head = [this._back, this._title, this._on, this._size];
    this.element = el(
      'div',
      { class: 'rlm-messages' },
      el('header', { class: 'rlm-messages-head' }, ...head),
      ...[this._empty, this._note, this._beforeFold, this._newTitle, this._new]
    );
    host.append(this.element);
    this._pulse = new Pulse(model, () => this._paint());
  }

  /** Show the step that a node is part of. */
  follow(node: Node | null): void {
    this._span = stepOf(node)?.span ?? null;
    this._pulse.request();
  }

  /** It came to show. */
  shown(): void {
    this._pulse.flush();
  }

  dispose(): void {
    this._pulse.dispose();
    this.element.remove();
  }

  private get _step(): Node | undefined {
    return this._model.node(this._span ?? '') ?? this._model.steps.at(-1);
  }

  private _paint(): void {
    if (this.element.closest('[hidden]') !== null) {
      return; // `shown` paints it
    }
    const step = this._step;
    this.element.classList.toggle('rlm-mod-empty', step === undefined);
    if (step === undefined) {
      return;
    }
    const messages = conversationOf(step);
    const cells = messages.flatMap(message => message.cells);
    const read = [...nodesOfConversation(step), ...cells];
    const key = [this._options.wholes?.version, ...read.map(node => node.detail.length)].join();
    if (key !== this._painted || step.span !== this._title.dataset.span) {
      this._painted = key;
      this._title.dataset.span = step.span;
      this._paintStep(step, messages);
      void this._complete(step, read, messages);
    }
  }

  private _paintStep(step: Node, messages: readonly Message[]): void {
    const { trans } = this._options;
    const at = sentBefore(step, messages);
    const siblings = stepsBeside(step);
    this._back.disabled = siblings[0] === step;
    this._on.disabled = siblings.at(-1) === step;
    setText(this._title, labels.label(step, trans));
    const said = trans._n('%1 message', '%1 messages', messages.length);
    setText(this._size, `${said}, ${sizeOf(messages, trans)}`);
    setAttribute(this._size, 'title', this._size.textContent);
    setText(this._beforeTitle, trans._n('%1 sent before', '%1 sent before', at));
    setText(this._beforeSize, sizeOf(messages.slice(0, at), trans));
    show(this._beforeFold, at > 0);
    show(this._newTitle, at > 0);
    const rows = messages.map((message, place) => this._row(message, place, place >= at));
    setChildren(this._before, rows.slice(0, at));
    setChildren(this._new, rows.slice(at));
  }

  private _row(message: Message, place: number, isNew: boolean): HTMLElement {
    const { trans } = this._options;
    const key = `${place}${isNew ? ' new' : ''}`;
    const row = this._rows.get(key) ?? new MessageRow(trans, isNew);
    this._rows.set(key, row);
    row.paint(message, isNew);
    return row.element;
  }

  /** Get the whole of what came shortened, which paints it; where nobody has it, say so. */
  private async _complete(
    step: Node,
    read: readonly Node[],
    messages: readonly Message[]
  ): Promise<void> {
    const isWhole = (await this._options.wholes?.fetch(read)) ?? true;
    if (step.span === this._step?.span) {
      show(this._note, !isWhole && messages.some(({ content }) => cutsIn(content).length > 0));
    }
  }

  private _go(by: 1 | -1): void {
    const step = this._step;
    const steps = step === undefined ? [] : stepsBeside(step);
    const to = steps[steps.findIndex(each => each === step) + by];
    if (to !== undefined) {
      this._options.onSelect?.(to);
      this.follow(to);
    }
  }
}

/** `5,120 characters` */
function sizeOf(messages: readonly Message[], trans: Trans): string {
  const characters = messages.reduce((sum, { content }) => sum + lengthOf(content), 0);
  return trans.__('%1 characters', format.count(characters));
}

function stepsBeside(step: Node): readonly Node[] {
  return step.parent?.children.filter(({ kind }) => kind === 'step') ?? [];
}

/** The step a node is part of, of whatever run; a run's is the one that started it. */
function stepOf(node: Node | null): Node | null {
  let at = node;
  while (at !== null && at.kind !== 'step') {
    at = at.parent;
  }
  return at;
}
