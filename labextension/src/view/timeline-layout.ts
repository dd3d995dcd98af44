/** Where the bars of a timeline are: a group for each step, in it lanes of calls. */

import type { Node, RunModel } from '../model';
import { Sliced } from '../model/slices';
import { packing } from './timeline-lanes';

/** Pixels. */
export const HEAD = 22;
export const MAIN = 12;
/** From the top of a group to its lanes. */
export const LANES_TOP = HEAD + MAIN;
const GAP = 8;
const LANES_AT_MOST = 128;
const LANE_AT_MOST = 10;
const LANE_OPENED = 10;
/** A lane thinner than this cannot be told from the next: the group shows how many are in flight. */
const LANE_AT_LEAST = 2;
const DENSITY = 64;

export interface Group {
  readonly step: Node;
  readonly top: number;
  readonly height: number;
  /** The step's own turns and cells, which follow each other. */
  readonly main: readonly Node[];
  /** What its cells called: calls, child runs and their turns. */
  readonly lanes: readonly (readonly Node[])[];
  readonly calls: number;
  /** Pixels of a lane. */
  readonly lane: number;
  /** Lanes are too thin to be drawn. */
  readonly dense: boolean;
}

/** What of a group takes time to make. */
interface Content {
  /** What the step was like when this was made. */
  made: string;
  lanes: Node[][];
  calls: number;
}

export class TimelineLayout {
  groups: Group[] = [];
  height = 0;
  private readonly _model: RunModel;
  private readonly _opened = new Set<string>();
  private _work: Sliced | null = null;
  private readonly _contents = new WeakMap<Node, Content>();

  constructor(model: RunModel) {
    this._model = model;
  }

  isOpen(step: Node): boolean {
    return this._opened.has(step.span);
  }

  /** Give a step's lanes room to be told apart, or take it back. */
  toggle(step: Node): void {
    if (!this._opened.delete(step.span)) {
      this._opened.add(step.span);
    }
    this._place();
  }

  /** Begin to lay out anew; what there was before stays until `runFor` has gone on with it. */
  begin(): void {
    this._work = new Sliced(this._makeContents());
    this._place();
  }

  /** Whether there is nothing to go on with. */
  get idle(): boolean {
    return this._work === null;
  }

  /** Go on for some milliseconds. */
  runFor(milliseconds: number): void {
    if (this._work?.runFor(milliseconds)) {
      this._work = null;
    }
    this._place();
  }

  private _place(): void {
    let top = 0;
    this.groups = this._model.steps.map(step => {
      const group = this._group(step, top);
      top += group.height;
      return group;
    });
    this.height = top;
  }

  /** The groups that touch a stretch of pixels. */
  within(from: number, to: number): Group[] {
    return this.groups.filter(({ top, height }) => top < to && top + height > from);
  }

  /** Pixels from the top to the middle of a lane; lane -1 is a step's own. */
  middleOf(group: number, lane: number): number {
    const found = this.groups[group];
    if (!found) {
      return 0;
    }
    return found.top + (lane < 0 ? HEAD + MAIN / 2 : LANES_TOP + (lane + 0.5) * found.lane);
  }

  private _group(step: Node, top: number): Group {
    const { lanes, calls } = this._contents.get(step) ?? { lanes: [], calls: 0 };
    const count = lanes.length;
    const open = this.isOpen(step);
    const fit = Math.min(LANE_AT_MOST, Math.floor(LANES_AT_MOST / Math.max(1, count)));
    const dense = !open && fit < LANE_AT_LEAST;
    const lane = open ? LANE_OPENED : dense ? DENSITY / count : fit;
    const height = HEAD + MAIN + count * lane + GAP;
    const main = step.children.filter(child => child.kind === 'call' || child.kind === 'cell');
    return { step, top, height, main, lanes, calls, lane, dense };
  }

  private *_makeContents(): Generator<undefined, void, undefined> {
    for (const step of this._model.steps) {
      const made = [step.ended, step.calls, step.children.length].join();
      if (step.state === 'running' || this._contents.get(step)?.made !== made) {
        this._contents.set(step, { made, ...(yield* makeLanes(step)) });
      }
    }
  }
}

function* makeLanes(step: Node): Generator<undefined, Pick<Content, 'lanes' | 'calls'>, undefined> {
  const called: Node[] = [];
  step.children.forEach(node => collect(node, called));
  const calls = called.filter(node => node.kind === 'call').length;
  return { calls, lanes: yield* packing(called) };
}

/** The calls and child runs below a node; a child's own steps and cells are only on the way. */
function collect(node: Node, found: Node[]): void {
  for (const child of node.children) {
    if (child.kind === 'call' || child.kind === 'run') {
      found.push(child);
    }
    collect(child, found);
  }
}
