/** What the model sees: the messages of a step, with those that came with it marked as new. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Node, RunModel } from './model';
import type { NotebookRuns } from './notebook';
import { el, setChildren, setText } from './view/dom';
import { count } from './view/format';
import { LongText } from './view/longtext';

interface Message {
  readonly role: string;
  readonly content: string;
  readonly span: string;
}

export class MessagesView {
  readonly element = el('div', { class: 'rlm-messages' });
  private readonly _title = el('p', { class: 'rlm-messages-title' });
  private readonly _list = el('div');
  private _span: string | null = null;
  private _drawn: string | null = null;

  constructor(
    private readonly _notebook: () => NotebookRuns | undefined,
    private readonly _model: RunModel,
    private readonly _trans: TranslationBundle
  ) {
    this.element.append(this._title, this._list);
  }

  /** Another node was chosen: its step is the one to show. */
  follow(node: Node | null): void {
    this._span = stepOf(node)?.span ?? null;
    if (this.element.offsetParent !== null) {
      this.shown();
    }
  }

  /** The tab was opened. */
  shown(): void {
    const span = this._span ?? this._model.steps.at(-1)?.span ?? null;
    if (span !== null && (span !== this._drawn || this._model.status === 'running')) {
      this._drawn = span;
      void this._draw(span);
    }
  }

  dispose(): void {
    this.element.remove();
  }

  private async _draw(span: string): Promise<void> {
    const run = this._model.id;
    const found = await this._notebook()
      ?.link?.request<{ messages: Message[] }>('messages', { run, span })
      .catch(() => null);
    const trans = this._trans;
    if (!found) {
      setText(this._title, trans.__('The kernel that knows these messages is not running.'));
      setChildren(this._list, []);
      return;
    }
    const all = found.messages;
    const step = this._model.node(span)?.label ?? span;
    const size = count(all.reduce((sum, message) => sum + message.content.length, 0));
    setText(
      this._title,
      trans.__('The request of %1: %2 messages, %3 characters', step, all.length, size)
    );
    setChildren(
      this._list,
      all.map(message => this._message(message, message.span === span)).reverse()
    );
  }

  private _message(message: Message, isNew: boolean): HTMLElement {
    const { role, content } = message;
    const size = this._trans.__('%1 characters', count(content.length));
    const mark = isNew ? this._trans.__('new in this step') : '';
    const facts = el('span', {}, [size, mark].filter(Boolean).join(' · '));
    const text = new LongText(this._trans, 'rlm-message', content);
    const details = el('details', { open: isNew }, el('summary', {}, el('b', {}, role), facts));
    details.append(text.element);
    return details;
  }
}

/** The step a node is part of. */
function stepOf(node: Node | null): Node | null {
  while (node !== null && node.kind !== 'step') {
    node = node.parent;
  }
  return node;
}
