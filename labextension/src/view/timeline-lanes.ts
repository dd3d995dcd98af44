/** Putting calls that overlap in time into lanes of calls that do not. */

import type { Node } from '../model';

/** A heap of lanes; the one with the smallest key comes first. */
class Heap {
  private readonly _keys: number[] = [];
  private readonly _lanes: number[] = [];

  /** The smallest key; Infinity where there is no lane. */
  get least(): number {
    return this._keys[0] ?? Infinity;
  }

  push(key: number, lane: number): void {
    let at = this._keys.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((this._keys[above] as number) <= key) {
        break;
      }
      this._move(above, at);
      at = above;
    }
    this._keys[at] = key;
    this._lanes[at] = lane;
  }

  /** Take out the lane with the smallest key. */
  pop(): number | undefined {
    const [top] = this._lanes;
    const key = this._keys.pop();
    const lane = this._lanes.pop();
    if (this._keys.length && key !== undefined && lane !== undefined) {
      this._sink(key, lane);
    }
    return top;
  }

  private _sink(key: number, lane: number): void {
    const { length } = this._keys;
    let at = 0;
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && (this._keys[below + 1] as number) < (this._keys[below] as number)) {
        below += 1;
      }
      if ((this._keys[below] as number) >= key) {
        break;
      }
      this._move(below, at);
      at = below;
    }
    this._keys[at] = key;
    this._lanes[at] = lane;
  }

  private _move(from: number, to: number): void {
    this._keys[to] = this._keys[from] as number;
    this._lanes[to] = this._lanes[from] as number;
  }
}

/**
 * Lanes of nodes in order of time. A node takes the lowest lane that is free when it starts, so
 * there are as many lanes as nodes were in flight at once. Yields after each node.
 */
export function* packing(nodes: readonly Node[]): Generator<undefined, Node[][], undefined> {
  const inOrder = [...nodes].sort((a, b) => a.started - b.started);
  const lanes: Node[][] = [];
  const busy = new Heap();
  const free = new Heap();
  for (const node of inOrder) {
    while (busy.least <= node.started) {
      const lane = busy.pop() as number;
      free.push(lane, lane);
    }
    const lane = free.pop() ?? lanes.push([]) - 1;
    lanes[lane]?.push(node);
    busy.push(node.ended ?? Number.MAX_VALUE, lane);
    yield;
  }
  return lanes;
}

/** The place of the first of a lane's nodes that ends after `time`. */
export function firstAfter(lane: readonly Node[], time: number): number {
  let low = 0;
  let high = lane.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (((lane[middle] as Node).ended ?? Infinity) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
