/** Small helpers for making and changing elements; text goes in as text, never as markup. */

type Attribute = string | number | boolean | null | undefined;
type Content = Node | string | null;

/** An element with attributes (`true` is the bare attribute, `false` and null none) and content. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...content: Content[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(element, name, value);
  }
  element.append(...content.filter(piece => piece !== null));
  return element;
}

/** Set or remove an attribute, where that changes anything. */
export function setAttribute(element: Element, name: string, value: Attribute): void {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) {
      element.removeAttribute(name);
    }
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) {
    element.setAttribute(name, text);
  }
}

/** Set the text of an element, where that changes anything. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Show or hide an element. */
export function show(element: HTMLElement, visible: boolean): void {
  if (element.hidden === visible) {
    element.hidden = !visible;
  }
}

/** Make `parent` hold exactly `children`, in order, moving none that is in its place. */
export function setChildren(parent: Element, children: readonly Element[]): void {
  children.forEach((child, place) => {
    if (parent.children[place] !== child) {
      parent.insertBefore(child, parent.children[place] ?? null);
    }
  });
  while (parent.children.length > children.length) {
    parent.lastElementChild?.remove();
  }
}

/** Listen to an event of an element; returns what ends that. */
export function on<K extends keyof HTMLElementEventMap>(
  element: HTMLElement,
  type: K,
  listener: (event: HTMLElementEventMap[K]) => void,
  options?: AddEventListenerOptions
): () => void {
  element.addEventListener(type, listener, options);
  return () => element.removeEventListener(type, listener, options);
}

/** Paints at most once per animation frame, however often it is asked to. */
export class Frame {
  private _asked = 0;
  private readonly _paint: () => void;

  constructor(paint: () => void) {
    this._paint = paint;
  }

  /** Paint with the next frame. */
  request(): void {
    this._asked ||= requestAnimationFrame(() => {
      this._asked = 0;
      this._paint();
    });
  }

  /** Paint now, and not again with the next frame. */
  flush(): void {
    this.cancel();
    this._paint();
  }

  /** Forget what was asked. */
  cancel(): void {
    cancelAnimationFrame(this._asked);
    this._asked = 0;
  }
}

/** A view that can be taken down. */
export interface View {
  readonly element: HTMLElement;
  dispose(): void;
}

/** Tells apart the copies of this module that a page may hold: each widget brings its own. */
const copy = Math.random().toString(36).slice(2, 8);
let lastId = 0;

/** An id that no other element of the page has. */
export function uniqueId(name: string): string {
  lastId += 1;
  return `rlm-${name}-${copy}-${lastId}`;
}
