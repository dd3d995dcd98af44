/** Drawing the bars of a timeline. */

import type { Node } from '../model';
import { isTurn, retriesOf } from './facts';
import type { Matches } from './filter';
import { HEAD, LANES_TOP, MAIN, type Group } from './timeline-layout';
import { firstAfter } from './timeline-lanes';
import type { TimeWindow } from './timeline-window';
import { Profile } from './timeline-profile';
import type { RunTime } from './timeline-time';

/** Colours of the theme, by what they are for. */
const VARIABLES = {
  turn: '--jp-brand-color1',
  cell: '--jp-layout-color3',
  call: '--jp-brand-color2',
  failed: '--jp-error-color1',
  retried: '--jp-warn-color1',
  faint: '--jp-layout-color2',
  grid: '--jp-border-color3',
  mark: '--jp-ui-font-color1'
} as const;

export type Colours = Record<keyof typeof VARIABLES, string>;

/** The colours that the theme has now. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim() || 'gray';
  const entries = Object.entries(VARIABLES).map(([use, name]) => [use, read(name)]);
  return Object.fromEntries(entries) as Colours;
}

/** What there is to draw. */
export interface Scene {
  groups: readonly Group[];
  /** Pixels of the timeline above what shows. */
  top: number;
  width: number;
  height: number;
  window: TimeWindow;
  time: RunTime;
  now: number;
  /** Seconds of the lines behind the bars. */
  ticks: readonly number[];
  matches: Matches | null;
  /** The bars with a line around them. */
  marked: readonly (Node | null)[];
}

const THINNEST = 1;
const FAILED_THINNEST = 2;
/** Where a call was tried again. */
const RETRY = 2;
/** The red end of a cell that raised: what it did before that was no failure. */
const CAP = 3;
/** Less than this of a span in a pixel is an error of rounding. */
const EMPTY = 1e-6;
/** How much there is to see of a child run, beside the turns that it is made of. */
const BEHIND = 0.4;
/** Pixels between the starts of two bars below which a lane is only a blur. */
const CROWDED = 2;

export class Painter {
  private readonly _context: CanvasRenderingContext2D;
  private readonly _colours: Colours;
  private readonly _scene: Scene;
  private readonly _scale: number;
  /** The Unix time at the left edge. */
  private readonly _earliest: number;
  private readonly _marks: [number, number, number, number][] = [];

  constructor(context: CanvasRenderingContext2D, colours: Colours, scene: Scene) {
    this._context = context;
    this._colours = colours;
    this._scene = scene;
    this._scale = scene.width / scene.window.span;
    this._earliest = scene.time.wall(scene.window.from);
  }

  paint(): void {
    const { width, height, groups } = this._scene;
    this._context.clearRect(0, 0, width, height);
    this._paintGrid();
    groups.forEach(group => this._paintGroup(group));
    this._paintMarks();
  }

  private _x(time: number): number {
    return (this._scene.time.at(time) - this._scene.window.from) * this._scale;
  }

  private _right(node: Node): number {
    return this._x(node.ended ?? this._scene.now);
  }

  private _paintGrid(): void {
    this._context.fillStyle = this._colours.grid;
    for (const tick of this._scene.ticks) {
      const x = Math.round((tick - this._scene.window.from) * this._scale);
      this._context.fillRect(x, 0, 1, this._scene.height);
    }
  }

  private _paintGroup(group: Group): void {
    const top = group.top - this._scene.top;
    this._paintLane(group.main, top + HEAD + 1, MAIN - 4);
    if (group.dense || this._isCrowded(group)) {
      this._paintDensity(group, top + LANES_TOP, group.lane * group.lanes.length);
      return;
    }
    const thickness = 0.75 * group.lane;
    group.lanes.forEach((lane, index) => {
      const y = top + LANES_TOP + index * group.lane;
      if (y + group.lane > 0 && y < this._scene.height) {
        this._paintLane(lane, y, thickness);
      }
    });
  }

  private _isCrowded({ calls, lanes, step }: Group): boolean {
    const pixels = (this._right(step) - this._x(step.started)) * lanes.length;
    return lanes.length > 1 && calls * CROWDED > pixels;
  }

  private _paintLane(nodes: readonly Node[], y: number, thickness: number): void {
    const { width } = this._scene;
    let painted = -Infinity;
    for (let place = firstAfter(nodes, this._earliest); place < nodes.length; place += 1) {
      const node = nodes[place] as Node;
      const left = this._x(node.started);
      if (left > width) {
        break;
      }
      const right = Math.max(this._right(node), left + THINNEST);
      if (right <= painted && !this._standsOut(node)) {
        continue; // in a pixel that is painted already
      }
      const least = node.state === 'failed' ? FAILED_THINNEST : THINNEST;
      const gap = right - left > 3 ? 0.5 : 0;
      const length = Math.max(least, right - left - gap);
      this._context.fillStyle = this._colourOf(node);
      this._context.globalAlpha = node.kind === 'run' ? BEHIND : 1;
      this._context.fillRect(left, y, length, thickness);
      this._context.globalAlpha = 1;
      if (node.kind === 'cell' && node.state === 'failed') {
        this._context.fillStyle = this._colours.failed;
        this._context.fillRect(left + length - CAP, y, CAP, thickness);
      }
      this._paintRetries(node, y, thickness);
      painted = Math.ceil(right);
      if (this._scene.marked.includes(node)) {
        this._marks.push([left - 1.5, y - 1.5, length + 3, thickness + 3]);
      }
    }
  }

  private _paintRetries(node: Node, y: number, thickness: number): void {
    const { matches } = this._scene;
    if (!matches || matches.hits.has(node)) {
      this._context.fillStyle = this._colours.retried;
      for (const { time } of retriesOf(node)) {
        this._context.fillRect(this._x(time) - RETRY / 2, y, RETRY, thickness);
      }
    }
  }

  private _standsOut(node: Node): boolean {
    const isHit = this._scene.matches?.hits.has(node) ?? false;
    return node.state === 'failed' || isHit || retriesOf(node).length > 0;
  }

  /** Over all bars, for those of the next lane are near. */
  private _paintMarks(): void {
    this._context.strokeStyle = this._colours.mark;
    this._context.lineWidth = 1.5;
    this._marks.forEach(mark => this._context.strokeRect(...mark));
  }

  private _colourOf(node: Node): string {
    const { matches } = this._scene;
    if (matches && !matches.hits.has(node)) {
      return this._colours.faint;
    }
    if (node.kind === 'cell' || node.state === 'cancelled') {
      return this._colours.cell;
    }
    if (node.state === 'failed') {
      return this._colours.failed;
    }
    return node.kind === 'run' || isTurn(node) ? this._colours.turn : this._colours.call;
  }

  /** How many calls were in flight at each pixel, and how many of them failed or were retried. */
  private _paintDensity(group: Group, top: number, height: number): void {
    const { matches, width } = this._scene;
    const [all, hits] = [new Profile(width), new Profile(width)];
    const [failed, retried] = [new Profile(width), new Profile(width)];
    for (const lane of group.lanes) {
      for (let place = firstAfter(lane, this._earliest); place < lane.length; place += 1) {
        const node = lane[place] as Node;
        const left = this._x(node.started);
        if (left > width) {
          break;
        }
        const right = this._right(node);
        all.add(left, right);
        if (!matches || matches.hits.has(node)) {
          hits.add(left, right);
          if (node.state === 'failed') {
            failed.add(left, right);
            retried.add(left, right); // below the failed ones, which cover it
          } else if (retriesOf(node).length > 0) {
            retried.add(left, right);
          }
        }
      }
    }
    const unit = height / Math.max(1, group.lanes.length);
    const bottom = top + height - 1;
    if (matches) {
      this._paintProfile(all, bottom, unit, this._colours.faint, THINNEST);
    }
    this._paintProfile(hits, bottom, unit, this._colours.call, THINNEST);
    this._paintProfile(retried, bottom, unit, this._colours.retried, FAILED_THINNEST);
    this._paintProfile(failed, bottom, unit, this._colours.failed, FAILED_THINNEST);
  }

  private _paintProfile(
    profile: Profile,
    bottom: number,
    unit: number,
    colour: string,
    least: number
  ): void {
    this._context.fillStyle = colour;
    profile.means().forEach((mean, x) => {
      if (mean > EMPTY) {
        const height = Math.max(least, mean * unit);
        this._context.fillRect(x, bottom - height, 1, height);
      }
    });
  }
}

/** The context of a canvas made as large as `width` by `height` pixels of the page. */
export function sized(
  canvas: HTMLCanvasElement,
  width: number,
  height: number
): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
