import { iconButton } from './buttons';
import { el, setText, show } from './dom';
import { tickLabel, ticks } from './timeline-time';
import type { TimeWindow } from './timeline-window';
import type { Trans } from './trans';

/** Pixels between two names. */
const GAP = 70;

/** Pixels at the end that the buttons cover, and those that a character of a name takes. */
const COVERED = 76;
const CHARACTER = 7;

/** What the buttons of the axis do. */
export interface AxisActions {
  zoom(factor: number): void;
  showAll(): void;
}

const ZOOM = 2;

/** The seconds above a timeline, and the buttons that zoom it. */
export class TimeAxis {
  readonly element: HTMLElement;
  private readonly _scale = el('div', { class: 'rlm-tl-scale', 'aria-hidden': 'true' });
  private readonly _labels: HTMLElement[] = [];
  private readonly _all: HTMLButtonElement;

  constructor(trans: Trans, actions: AxisActions) {
    this._all = iconButton('fit', trans.__('Show the whole run (0)'), () => actions.showAll());
    const buttons = [
      iconButton('minus', trans.__('Zoom out (−)'), () => actions.zoom(ZOOM)),
      iconButton('plus', trans.__('Zoom in (+)'), () => actions.zoom(1 / ZOOM)),
      this._all
    ];
    const tools = el('div', { class: 'rlm-tl-tools' }, ...buttons);
    this.element = el('div', { class: 'rlm-tl-axis' }, this._scale, tools);
  }

  /** Paint the names of the ticks; returns their seconds. */
  paint(window: TimeWindow, width: number): number[] {
    const perPixel = window.span / Math.max(1, width);
    const found = ticks(window.from, window.to, GAP * perPixel);
    this._scale.style.width = `${width}px`;
    found.forEach((tick, place) => {
      const label = this._label(place);
      const name = tickLabel(tick);
      const left = Math.round((tick - window.from) / perPixel);
      setText(label, name);
      label.style.transform = `translateX(${left}px)`;
      show(label, left + name.length * CHARACTER <= width - COVERED);
    });
    this._labels.slice(found.length).forEach(label => show(label, false));
    this._all.disabled = window.whole;
    return found;
  }

  private _label(place: number): HTMLElement {
    let label = this._labels[place];
    if (!label) {
      label = el('span', { class: 'rlm-tl-tick' });
      this._labels.push(label);
      this._scale.append(label);
    }
    return label;
  }
}
