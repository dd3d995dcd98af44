/** What the views need of a page and jsdom has not: sizes, their observer, and a canvas. */

import { vi } from 'vitest';
import { RunModel } from '../src/model';
import type { RunEvent } from '../src/events';

const observers = new Set<() => void>();

class Observer implements ResizeObserver {
  private readonly _tell: () => void;

  constructor(callback: ResizeObserverCallback) {
    this._tell = () => callback([], this);
  }

  observe(): void {
    observers.add(this._tell);
  }

  unobserve(): void {
    this.disconnect();
  }

  disconnect(): void {
    observers.delete(this._tell);
  }
}

/** Rectangles that were filled on a canvas since it was last cleared. */
export interface Rectangle {
  colour: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export const drawn: Rectangle[] = [];

const context = {
  fillStyle: '',
  strokeStyle: '',
  lineWidth: 1,
  setTransform: (): void => undefined,
  strokeRect: (): void => undefined,
  clearRect: (): void => {
    drawn.length = 0;
  },
  fillRect: (x: number, y: number, width: number, height: number): void => {
    drawn.push({ colour: context.fillStyle, x, y, width, height });
  }
};

/** Give every element a size in pixels. */
export function resize(width: number, height: number): void {
  const sizes = { clientWidth: width, clientHeight: height };
  for (const [name, value] of Object.entries(sizes)) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value });
  }
  observers.forEach(tell => tell());
}

vi.stubGlobal('ResizeObserver', Observer);
Object.defineProperty(HTMLCanvasElement.prototype, 'getContext', { value: () => context });
resize(400, 480);

/** An element of the page to put a view in. */
export function host(): HTMLElement {
  const element = document.createElement('div');
  document.body.replaceChildren(element);
  return element;
}

/** Until what was asked for is painted. */
export async function painted(): Promise<void> {
  for (let frame = 0; frame < 3; frame += 1) {
    await new Promise(resolve => requestAnimationFrame(resolve));
  }
}

/** The model of a run that goes on. */
export function live(events: readonly RunEvent[]): RunModel {
  const model = new RunModel();
  for (let at = 0; at < events.length; at += 1_000) {
    model.addAll(events.slice(at, at + 1_000)); // as they come: some at a time
  }
  return model;
}

/** The one element that a selector finds. */
export function the(root: ParentNode, selector: string): HTMLElement {
  const [first, ...others] = root.querySelectorAll<HTMLElement>(selector);
  if (!first || others.length) {
    throw new Error(`${others.length + (first ? 1 : 0)} elements fit ${selector}`);
  }
  return first;
}

/** The texts of all elements that a selector finds and that show. */
export function texts(root: ParentNode, selector: string): string[] {
  return [...root.querySelectorAll<HTMLElement>(selector)]
    .filter(element => !element.closest('[hidden]'))
    .map(element => element.textContent ?? '');
}

/** Press a key on an element. */
export function press(element: HTMLElement, key: string, more: KeyboardEventInit = {}): void {
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
}
