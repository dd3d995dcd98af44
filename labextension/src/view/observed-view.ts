/** What a cell showed, with what of that the model was not told. */

import { el, setChildren, setText, show } from './dom';
import * as format from './format';
import { lastEventOf } from './facts';
import * as labels from './labels';
import { LongText } from './longtext';
import type { Observed, Unseen } from './observed';
import { errorText } from './outputs';
import type { Trans } from './trans';

export class ObservedView {
  readonly element: HTMLElement;
  private readonly _title = el('h4');
  private readonly _said = el('p', { class: 'rlm-observed-said' });
  private readonly _start: LongText;
  private readonly _cut: LongText;
  private readonly _unseen: HTMLElement;
  private readonly _unseenTitle = el('p', { class: 'rlm-unseen-title' });
  private readonly _end: LongText;
  private readonly _error: LongText;
  private readonly _pictures = el('div', { class: 'rlm-observed-pictures' });
  private readonly _text: HTMLElement;
  private readonly _trans: Trans;

  constructor(trans: Trans) {
    this._trans = trans;
    this._start = new LongText(trans, '');
    this._cut = new LongText(trans, '');
    this._end = new LongText(trans, '');
    this._error = new LongText(trans, 'rlm-observed-error');
    this._unseen = el('div', { class: 'rlm-unseen-part' }, this._unseenTitle, this._cut.element);
    this._text = el(
      'div',
      { class: 'rlm-observed-text', tabindex: 0, role: 'group' },
      ...[this._start.element, this._unseen, this._end.element, this._error.element]
    );
    const parts = [this._title, this._said, this._text, this._pictures];
    this.element = el('div', { class: 'rlm-observed' }, ...parts);
  }

  paint(observed: Observed): void {
    const { cell, text, unseen, pictures } = observed;
    const title = this._trans.__('%1: what you saw', labels.label(cell, this._trans));
    setText(this._title, title);
    this._text.setAttribute('aria-label', title);
    const said = this._saidOf(observed);
    setText(this._said, said);
    show(this._said, said !== '');
    this._paintText(text, unseen);
    const error = lastEventOf(cell, 'cell_finished')?.error;
    this._error.set(error ? errorText(error) : '');
    show(this._error.element, Boolean(error));
    show(this._text, text !== '' || Boolean(error));
    setChildren(
      this._pictures,
      pictures.map(({ type, address, size }) => {
        const name = `${type}, ${format.size(size)}`;
        return el('img', { src: address, alt: name, title: name });
      })
    );
    show(this._pictures, pictures.length > 0);
  }

  private _saidOf({ text, unseen, types }: Observed): string {
    const trans = this._trans;
    const richer = types.length
      ? trans.__('Of %1 the model was told the plain text.', types.join(', '))
      : '';
    const nothing = text === '' && !types.length ? trans.__('Nothing.') : '';
    return [unseen ? this._sentence(unseen) : '', richer, nothing].filter(Boolean).join(' ');
  }

  private _sentence({ characters, from, to }: Unseen): string {
    const [count, first, last] = [characters, from, to].map(format.count) as [
      string,
      string,
      string
    ];
    return this._trans.__(
      '%1 characters were cut: the model did not see %2 to %3.',
      count,
      first,
      last
    );
  }

  private _paintText(text: string, unseen: Unseen | null): void {
    const isMarked = unseen !== null && unseen.start !== null && unseen.end !== null;
    const [start, end] = isMarked
      ? [unseen.start ?? 0, unseen.end ?? 0]
      : [text.length, text.length];
    this._start.set(text.slice(0, start));
    this._cut.set(text.slice(start, end));
    this._end.set(text.slice(end));
    show(this._unseen, isMarked);
    show(this._end.element, isMarked);
    setText(this._unseenTitle, isMarked ? this._trans.__('Not sent to the model') : '');
  }
}
