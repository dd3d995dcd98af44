import { el, on, setAttribute } from './dom';

/** Percent. */
const STEP = 5;
const LEAST = 15;
const MOST = 85;

/** The bar between two parts of a box, which moves by pointer and by arrow keys. */
export class Splitter {
  readonly element: HTMLElement;
  private readonly _box: HTMLElement;
  private _percent = 50;

  /** The first part of `box` gets `--rlm-split` percent of it. */
  constructor(box: HTMLElement, label: string, percent: number) {
    this._box = box;
    this.element = el('div', {
      class: 'rlm-splitter',
      role: 'separator',
      tabindex: 0,
      'aria-label': label,
      'aria-valuemin': LEAST,
      'aria-valuemax': MOST
    });
    this._moveTo(percent);
    on(this.element, 'pointerdown', event => this._down(event));
    on(this.element, 'pointermove', event => this._drag(event));
    on(this.element, 'keydown', event => this._key(event));
  }

  private _moveTo(percent: number): void {
    this._percent = Math.min(MOST, Math.max(LEAST, percent));
    this._box.style.setProperty('--rlm-split', `${this._percent}%`);
    setAttribute(this.element, 'aria-valuenow', Math.round(this._percent));
  }

  private _down(event: PointerEvent): void {
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.element.focus();
  }

  private _drag(event: PointerEvent): void {
    if (!this.element.hasPointerCapture(event.pointerId)) {
      return;
    }
    const box = this._box.getBoundingClientRect();
    const beside = getComputedStyle(this._box).flexDirection === 'row';
    setAttribute(this.element, 'aria-orientation', beside ? 'vertical' : 'horizontal');
    const part = beside
      ? (event.clientX - box.left) / box.width
      : (event.clientY - box.top) / box.height;
    this._moveTo(100 * part);
  }

  private _key(event: KeyboardEvent): void {
    const back = event.key === 'ArrowLeft' || event.key === 'ArrowUp';
    if (back || event.key === 'ArrowRight' || event.key === 'ArrowDown') {
      event.preventDefault();
      this._moveTo(this._percent + (back ? -STEP : STEP));
    }
  }
}
