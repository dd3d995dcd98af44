/** Pointer, wheel and keys on a timeline. */

import { on } from './dom';

export interface TimelineActions {
  /** The pointer is at a pixel of the canvas. */
  point(x: number, y: number): void;
  leave(): void;
  press(x: number, y: number): void;
  /** An arrow key. */
  move(key: string): void;
  choose(): void;
  zoom(factor: number, x?: number): void;
  /** Move by a part of what shows. */
  pan(part: number): void;
  showAll(): void;
}

const ZOOM = 1.5;
const PAN = 0.2;
/** Pixels that the pointer moves before it drags. */
const SLACK = 4;
const WHEEL = 0.002;

export class TimelineInput {
  private readonly _canvas: HTMLCanvasElement;
  private readonly _actions: TimelineActions;
  private _pressedAt: { x: number; dragged: boolean } | null = null;

  constructor(canvas: HTMLCanvasElement, scroller: HTMLElement, actions: TimelineActions) {
    this._canvas = canvas;
    this._actions = actions;
    on(canvas, 'pointerdown', event => this._down(event));
    on(canvas, 'pointermove', event => this._pointer(event));
    on(canvas, 'pointerup', event => this._up(event));
    on(canvas, 'pointerleave', () => actions.leave());
    on(canvas, 'keydown', event => this._key(event));
    on(scroller, 'wheel', event => this._wheel(event), { passive: false });
  }

  private _down(event: PointerEvent): void {
    if (event.button === 0) {
      this._pressedAt = { x: event.offsetX, dragged: false };
    }
  }

  private _pointer(event: PointerEvent): void {
    const pressed = this._pressedAt;
    if (!pressed) {
      this._actions.point(event.offsetX, event.offsetY);
      return;
    }
    const moved = event.offsetX - pressed.x;
    if (pressed.dragged || Math.abs(moved) > SLACK) {
      this._canvas.setPointerCapture(event.pointerId);
      this._actions.pan(-moved / Math.max(1, this._canvas.clientWidth));
      this._pressedAt = { x: event.offsetX, dragged: true };
    }
  }

  private _up(event: PointerEvent): void {
    if (this._pressedAt && !this._pressedAt.dragged) {
      this._actions.press(event.offsetX, event.offsetY);
    }
    this._pressedAt = null;
  }

  private _wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this._actions.zoom(Math.exp(event.deltaY * WHEEL), this._offsetOf(event));
    } else if (sideways && (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY))) {
      event.preventDefault();
      this._actions.pan(sideways / Math.max(1, this._canvas.clientWidth));
    }
  }

  private _offsetOf(event: WheelEvent): number {
    return event.clientX - this._canvas.getBoundingClientRect().left;
  }

  private _key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (this._do(event)) {
      event.preventDefault();
      event.stopPropagation(); // JupyterLab has shortcuts of its own for these
    }
  }

  private _do({ key, shiftKey }: KeyboardEvent): boolean {
    const actions = this._actions;
    switch (key) {
      case '+':
      case '=':
        actions.zoom(1 / ZOOM);
        return true;
      case '-':
        actions.zoom(ZOOM);
        return true;
      case '0':
      case 'Home':
        actions.showAll();
        return true;
      case 'Enter':
      case ' ':
        actions.choose();
        return true;
      case 'ArrowLeft':
      case 'ArrowRight':
        if (shiftKey) {
          actions.pan(key === 'ArrowLeft' ? -PAN : PAN);
        } else {
          actions.move(key);
        }
        return true;
      case 'ArrowUp':
      case 'ArrowDown':
        actions.move(key);
        return true;
      default:
        return false;
    }
  }
}
