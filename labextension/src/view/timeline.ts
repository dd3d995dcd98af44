/**
 * A run as a waterfall: what its models and cells did, and when. Bars are drawn on a canvas as
 * large as what shows; the names of steps, the axis and the lines that tell of a bar are elements.
 */

import type { Node, RunModel } from '../model';
import { el, on, show, type View } from './dom';
import type { Matches } from './filter';
import { Pulse, wallClock } from './pulse';
import { Restraint } from './restraint';
import { TimeAxis } from './timeline-axis';
import { GroupHeads } from './timeline-heads';
import { TimelineInput } from './timeline-input';
import { TimelineLayout } from './timeline-layout';
import { coloursOf, Painter, sized } from './timeline-paint';
import { Readout } from './timeline-readout';
import { inFlight, neighbour, spotAt, spotOf, type Spot } from './timeline-spots';
import { extentOf, RunTime } from './timeline-time';
import { TimeWindow } from './timeline-window';
import { onThemeChange } from './theming';
import type { Trans } from './trans';

export interface TimelineOptions {
  trans: Trans;
  /** The Unix time, by default the browser's. */
  now?: () => number;
  /** A node was chosen. */
  onSelect?: (node: Node) => void;
}

/** Milliseconds of a frame that laying out may take. */
const SLICE = 10;
/** Pixels around a bar in which the pointer is on it. */
const REACH = 4;
/** Pixels around a bar that the keys went to, to be seen as well. */
const ROOM = 40;

export class TimelineView implements View {
  readonly element: HTMLElement;
  private readonly _canvas: HTMLCanvasElement;
  private readonly _sizer = el('div', { class: 'rlm-tl-sizer' });
  private readonly _scroller = el('div', { class: 'rlm-tl-scroller' }, this._sizer);
  private readonly _empty: HTMLElement;
  private readonly _axis: TimeAxis;
  private readonly _heads: GroupHeads;
  private readonly _readout: Readout;
  private readonly _layout: TimelineLayout;
  private readonly _window = new TimeWindow();
  private readonly _pulse: Pulse;
  private readonly _restraint = new Restraint(() => this._pulse.request());
  private readonly _observers: { disconnect(): void }[] = [];
  private readonly _model: RunModel;
  private readonly _options: TimelineOptions;
  private _time: RunTime;
  private _matches: Matches | null = null;
  private _selected: string | null = null;
  private _spot: Spot | null = null;
  private _laidOut: number | null = null;
  private _width = 0;

  constructor(host: HTMLElement, model: RunModel, options: TimelineOptions) {
    const { trans } = options;
    this._model = model;
    this._options = options;
    this._time = new RunTime(model.root);
    this._layout = new TimelineLayout(model);
    this._axis = new TimeAxis(trans, {
      zoom: factor => this.zoom(factor),
      showAll: () => this.showAll()
    });
    this._readout = new Readout(trans);
    this._canvas = el('canvas', {
      class: 'rlm-tl-canvas',
      tabindex: 0,
      role: 'application',
      'aria-label': trans.__('Timeline of calls'),
      'aria-description': trans.__(
        'Arrow keys go from bar to bar, plus and minus zoom, Enter selects.'
      )
    });
    this._sizer.append(this._canvas);
    this._heads = new GroupHeads(this._sizer, trans, {
      toggle: step => this._toggle(step),
      select: step => this._choose(step)
    });
    this._empty = el('div', { class: 'rlm-empty' }, trans.__('No calls yet'));
    const parts = [this._axis.element, this._scroller, this._empty, this._readout.element];
    this.element = el('div', { class: 'rlm-timeline' }, ...parts);
    host.append(this.element);
    this._pulse = new Pulse(model, () => this._paint());
    this._listen();
    this._pulse.flush();
  }

  /** Show faintly what does not match; null shows everything in its colour. */
  filter(matches: Matches | null): void {
    this._matches = matches;
    this._pulse.request();
  }

  /** Mark a node as chosen; null marks none. */
  select(span: string | null): void {
    this._selected = span;
    this._pulse.request();
  }

  /** Show `factor` times as much time, around a pixel or else the bar that is marked. */
  zoom(factor: number, x?: number): void {
    const spot = this._spot;
    const around =
      x !== undefined
        ? this._secondsAt(x)
        : spot
          ? this._time.at(spot.node.started)
          : (this._window.from + this._window.to) / 2;
    this._window.zoom(factor, around);
    this._pulse.request();
  }

  /** Move by a part of what shows. */
  pan(part: number): void {
    this._window.pan(part * this._window.span);
    this._pulse.request();
  }

  showAll(): void {
    this._window.showAll();
    this._pulse.request();
  }

  focus(): void {
    this._canvas.focus();
  }

  dispose(): void {
    this._pulse.dispose();
    this._restraint.dispose();
    this._observers.forEach(observer => observer.disconnect());
    this.element.remove();
  }

  // -- painting ---------------------------------------------------------------------------

  private _paint(): void {
    const { clientHeight: height, clientWidth } = this._scroller;
    if (!clientWidth || !height) {
      return; // not in view; the observer asks again when it is
    }
    this._update();
    this._width = this._sizer.clientWidth;
    const top = this._scroller.scrollTop;
    const groups = this._layout.within(top, top + height);
    const ticks = this._axis.paint(this._window, this._width);
    this._sizer.style.height = `${this._layout.height}px`;
    this._heads.paint(groups, this._layout);
    show(this._empty, !this._layout.groups.length);
    const context = sized(this._canvas, this._width, height);
    if (context) {
      const { _window: window, _time: time, _matches: matches, _width: width } = this;
      const marked = [this._spot?.node ?? null, this._model.node(this._selected ?? '') ?? null];
      const scene = { groups, top, width, height, window, time, ticks, matches, marked };
      new Painter(context, coloursOf(this.element), { ...scene, now: this._now() }).paint();
    }
  }

  private _update(): void {
    if (this._laidOut !== this._model.lastSeq && this._layout.idle) {
      this._restraint.attempt(() => {
        this._laidOut = this._model.lastSeq;
        this._time = new RunTime(this._model.root);
        this._layout.begin();
      });
    }
    if (!this._layout.idle) {
      this._restraint.now(() => this._layout.runFor(SLICE));
    }
    if (!this._layout.idle) {
      this._pulse.request();
    }
    this._window.grow(extentOf(this._model, this._time, this._now()));
  }

  private _now(): number {
    const running = this._model.status === 'running';
    return running ? (this._options.now ?? wallClock)() : this._lastMoment();
  }

  /** When a run that stands still came to stand: what had not ended by then ends there. */
  private _lastMoment(): number {
    const { root, steps } = this._model;
    return Math.max(root.ended ?? root.started, ...steps.slice(-1).map(s => s.ended ?? s.started));
  }

  // -- acting -----------------------------------------------------------------------------

  private _listen(): void {
    const resized = new ResizeObserver(() => this._pulse.request());
    resized.observe(this._scroller);
    this._observers.push(resized, { disconnect: onThemeChange(() => this._pulse.request()) });
    on(this._scroller, 'scroll', () => this._pulse.request(), { passive: true });
    new TimelineInput(this._canvas, this._scroller, {
      point: (x, y) => this._point(x, y),
      leave: () => this._mark(null),
      press: (x, y) => this._press(x, y),
      move: key => this._move(key),
      choose: () => this._spot && this._choose(this._spot.node),
      zoom: (factor, x) => this.zoom(factor, x),
      pan: part => this.pan(part),
      showAll: () => this.showAll()
    });
  }

  private _point(x: number, y: number): void {
    const spot = this._spotAt(x, y);
    const group = spot && this._layout.groups[spot.group];
    const crowd =
      group?.dense && spot && spot.lane >= 0 ? inFlight(group, spot.node.started) : null;
    this._mark(spot, crowd);
  }

  private _press(x: number, y: number): void {
    const spot = this._spotAt(x, y);
    if (spot) {
      this._mark(spot);
      this._choose(spot.node);
    }
  }

  private _move(key: string): void {
    const from = this._spot;
    const first = this._layout.groups[0]?.main[0];
    const to = from ? neighbour(this._layout, from, key) : first && spotOf(this._layout, first);
    if (to) {
      this._mark(to);
      this._reveal(to);
      this._readout.speak(to.node, this._now());
    }
  }

  private _mark(spot: Spot | null, crowd: number | null = null): void {
    if (spot) {
      this._readout.tell(spot.node, this._now(), crowd);
    } else {
      this._readout.clear();
    }
    if (spot?.node !== this._spot?.node) {
      this._spot = spot;
      this._pulse.request();
    }
  }

  private _choose(node: Node): void {
    this._selected = node.span;
    this._options.onSelect?.(node);
    this._pulse.request();
  }

  private _toggle(step: Node): void {
    this._layout.toggle(step);
    this._pulse.request();
  }

  private _reveal({ node, group, lane }: Spot): void {
    const { started, ended } = node;
    this._window.reveal(this._time.at(started), this._time.at(ended ?? this._now()));
    const y = this._layout.middleOf(group, lane);
    const { scrollTop, clientHeight } = this._scroller;
    if (y - ROOM < scrollTop) {
      this._scroller.scrollTop = y - ROOM;
    } else if (y + ROOM > scrollTop + clientHeight) {
      this._scroller.scrollTop = y + ROOM - clientHeight;
    }
  }

  private _spotAt(x: number, y: number): Spot | null {
    const perPixel = this._window.span / Math.max(1, this._width);
    const time = this._time.wall(this._secondsAt(x));
    return spotAt(this._layout, y + this._scroller.scrollTop, time, REACH * perPixel);
  }

  private _secondsAt(x: number): number {
    return this._window.from + (x / Math.max(1, this._width)) * this._window.span;
  }
}
