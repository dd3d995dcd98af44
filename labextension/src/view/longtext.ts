import { cutsIn } from './cuts';
import { el, on, setText, show } from './dom';
import * as format from './format';
import { plain } from './text';
import type { Trans } from './trans';

/** Characters that show before a reader asks for all of them. */
export const CUT = 20_000;

/** A text of any length as it was written, cut until its reader asks for all of it; what was cut before is marked. */
export class LongText {
  readonly element: HTMLElement;
  private readonly _text = el('div', { class: 'rlm-text' });
  private readonly _more = el('button', { type: 'button', class: 'rlm-button' });
  private readonly _trans: Trans;
  private _whole = '';
  private _all = false;

  constructor(trans: Trans, className: string, text = '') {
    this._trans = trans;
    this.element = el('div', { class: className }, this._text, this._more);
    on(this._more, 'click', () => this._showAll());
    show(this._more, false);
    this.set(text);
  }

  /** Make it another text. */
  set(text: string): void {
    if (text !== this._whole) {
      this._whole = text;
      this._paint();
    }
  }

  private _showAll(): void {
    this._all = true;
    this._paint();
  }

  private _paint(): void {
    const cut = !this._all && this._whole.length > CUT;
    this._text.replaceChildren(...pieces(plain(cut ? this._whole.slice(0, CUT) : this._whole)));
    setText(this._more, this._trans.__('Show all %1 characters', format.count(this._whole.length)));
    show(this._more, cut);
  }
}

/** A text with the marks of what was cut out of it as elements. */
function pieces(text: string): (string | HTMLElement)[] {
  const found: (string | HTMLElement)[] = [];
  let from = 0;
  for (const { start, end } of cutsIn(text)) {
    const mark = el('mark', { class: 'rlm-cut' }, text.slice(start, end).trim());
    found.push(text.slice(from, start), mark);
    from = end;
  }
  return [...found, text.slice(from)];
}
