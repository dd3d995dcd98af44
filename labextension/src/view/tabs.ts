import { el, on, setAttribute, show, uniqueId } from './dom';

interface Tab {
  button: HTMLButtonElement;
  panel: HTMLElement;
  onShow: (() => void) | undefined;
}

/** A strip of tabs and the panel of the one that is chosen. */
export class Tabs {
  readonly strip: HTMLElement;
  readonly panels = el('div', { class: 'rlm-panels' });
  private readonly _tabs: Tab[] = [];

  /** `onChange` is called with the panel that comes to show. */
  constructor(
    label: string,
    private readonly _onChange: (panel: HTMLElement) => void = () => undefined
  ) {
    this.strip = el('div', { class: 'rlm-tabs', role: 'tablist', 'aria-label': label });
    on(this.strip, 'keydown', event => this._onKey(event));
  }

  /** Add a tab; the first one shows. `onShow` is called each time it comes to show. */
  add(label: string, panel: HTMLElement, onShow?: () => void): void {
    const id = uniqueId('panel');
    const attributes = { type: 'button', class: 'rlm-tab', role: 'tab', 'aria-controls': id };
    const button = el('button', { ...attributes, id: uniqueId('tab') }, label);
    panel.id = id;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', button.id);
    panel.classList.add('rlm-panel');
    on(button, 'click', () => this.choose(panel));
    this._tabs.push({ button, panel, onShow });
    this.strip.append(button);
    this.panels.append(panel);
    this._mark(this._tabs[0]?.panel);
  }

  /** Show a panel. */
  choose(panel: HTMLElement): void {
    this._mark(panel);
    this._onChange(panel);
    this._tabs.find(tab => tab.panel === panel)?.onShow?.();
  }

  /** Give the focus to the tab that shows. */
  focus(): void {
    this._tabs.find(({ panel }) => !panel.hidden)?.button.focus();
  }

  private _mark(chosen: HTMLElement | undefined): void {
    for (const { button, panel } of this._tabs) {
      const isChosen = panel === chosen;
      setAttribute(button, 'aria-selected', String(isChosen));
      setAttribute(button, 'tabindex', isChosen ? 0 : -1);
      show(panel, isChosen);
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const at = this._tabs.findIndex(tab => tab.button === document.activeElement);
    const to = placeOf(event.key, at, this._tabs.length);
    const tab = to === null ? undefined : this._tabs[to];
    if (tab && at >= 0) {
      event.preventDefault();
      tab.button.focus();
      this.choose(tab.panel);
    }
  }
}

function placeOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count;
    case 'ArrowLeft':
      return (at + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
