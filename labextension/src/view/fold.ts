/** A section of a text with a title that opens and closes it, and a button that copies it. */

import { copyButton } from './buttons';
import { lengthOf, trueLength } from './cuts';
import type { Section } from './detail-sections';
import { el, on, setAttribute, setText } from './dom';
import * as format from './format';
import { icon } from './icons';
import { LongText } from './longtext';
import type { Trans } from './trans';

/** Characters from which it is worth telling how long a text is. */
const LONG = 1000;
/** Pixels; style/detail.css says the same. */
const TALLEST = 320;

export class Fold {
  readonly element: HTMLElement;
  private readonly _title = el('span', { class: 'rlm-fold-title' });
  private readonly _size = el('span', { class: 'rlm-dim' });
  private readonly _text: LongText;
  private readonly _trans: Trans;
  private _section: Section | null = null;

  constructor(trans: Trans, open: boolean, onToggle: (open: boolean) => void) {
    this._trans = trans;
    this._text = new LongText(trans, 'rlm-fold-text');
    setAttribute(this._text.element, 'tabindex', 0); // it scrolls, so that keys must reach it
    setAttribute(this._text.element, 'role', 'group');
    const summary = el('summary', {}, icon('caret'), this._title, this._size);
    const details = el('details', { open }, summary, this._text.element);
    const copy = copyButton(trans, () => this._section?.text ?? '');
    // Beside the summary and not in it: a button within a button cannot be reached by keys.
    this.element = el('div', { class: 'rlm-fold' }, details, copy);
    on(details, 'toggle', () => onToggle(details.open));
  }

  /** `awaited`: the text may be shortened, and the whole of it comes in a moment. */
  paint(section: Section, awaited: boolean): void {
    const length = awaited ? trueLength(section.text) : lengthOf(section.text);
    this._section = section;
    setText(this._title, section.title);
    setAttribute(this._text.element, 'aria-label', section.title);
    setText(this._size, length < LONG ? '' : this._trans.__('%1 characters', format.count(length)));
    setAttribute(this.element, 'data-code', section.code);
    setAttribute(this.element, 'data-error', section.error);
    this._text.set(section.text);
    if (awaited && length > section.text.length) {
      this._reserve(length / section.text.length);
    }
  }

  /** Take the room that a text so many times as long needs, so that nothing moves when it comes. */
  private _reserve(times: number): void {
    const { element } = this._text;
    if (element.style.height === '' && element.clientHeight > 0) {
      element.style.height = `${Math.min(TALLEST, times * element.clientHeight)}px`;
    }
  }
}
