/** Colours where no theme of JupyterLab gives any: those of VS Code, or plain light and dark ones. */

import { setAttribute } from '../view/dom';
import { onThemeChange } from '../view/theming';

/** What a theme of JupyterLab always defines. */
const MARK = '--jp-layout-color1';

export class Theme {
  private readonly _observer: ResizeObserver;
  private readonly _stop: () => void;

  constructor(private readonly _element: HTMLElement) {
    // An element has no styles before it is in the page, where it gets a size.
    this._observer = new ResizeObserver(() => this._look());
    this._observer.observe(_element);
    this._stop = onThemeChange(() => this._look());
  }

  dispose(): void {
    this._observer.disconnect();
    this._stop();
  }

  private _look(): void {
    const around = this._element.parentElement;
    if (around === null || !around.isConnected) {
      return;
    }
    const style = getComputedStyle(around);
    const isThemed = style.getPropertyValue(MARK).trim() !== '';
    setAttribute(this._element, 'data-theme', isThemed ? null : themeOf(style.color));
  }
}

/** Light text is meant for a dark page. */
function themeOf(text: string): 'dark' | 'light' {
  const [red = 0, green = 0, blue = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? 'dark' : 'light';
}
