/** Finding bars of a timeline: under the pointer, and from one to the next by keys. */

import type { Node } from '../model';
import { HEAD, LANES_TOP, type Group, type TimelineLayout } from './timeline-layout';

/** A bar: its group, its lane (-1 is the step's own), its place in the lane. */
export interface Spot {
  readonly group: number;
  readonly lane: number;
  readonly place: number;
  readonly node: Node;
}

const OWN = -1;

function laneOf(group: Group, lane: number): readonly Node[] {
  return (lane === OWN ? group.main : group.lanes[lane]) ?? [];
}

/** The bar at a height `y` of the timeline and nearest to a Unix time, within `reach` seconds. */
export function spotAt(
  layout: TimelineLayout,
  y: number,
  time: number,
  reach: number
): Spot | null {
  const index = layout.groups.findIndex(({ top, height }) => y >= top && y < top + height);
  const group = layout.groups[index];
  const inside = group ? y - group.top : -1;
  if (!group || inside < HEAD) {
    return null;
  }
  const lane = inside < LANES_TOP ? OWN : Math.floor((inside - LANES_TOP) / group.lane);
  const place = nearest(laneOf(group, lane), time, reach);
  return spot(layout, index, lane, place);
}

/** Where a node's bar is. */
export function spotOf(layout: TimelineLayout, node: Node): Spot | null {
  for (let index = 0; index < layout.groups.length; index += 1) {
    const group = layout.groups[index] as Group;
    if (!isWithin(node, group.step)) {
      continue;
    }
    for (let lane = OWN; lane < group.lanes.length; lane += 1) {
      const place = laneOf(group, lane).indexOf(node);
      if (place >= 0) {
        return { group: index, lane, place, node };
      }
    }
  }
  return null;
}

/** The bar that an arrow key leads to; null at the edge. */
export function neighbour(layout: TimelineLayout, from: Spot, key: string): Spot | null {
  switch (key) {
    case 'ArrowRight':
      return spot(layout, from.group, from.lane, from.place + 1);
    case 'ArrowLeft':
      return spot(layout, from.group, from.lane, from.place - 1);
    case 'ArrowDown':
      return vertically(layout, from, 1);
    case 'ArrowUp':
      return vertically(layout, from, -1);
    default:
      return null;
  }
}

function vertically(layout: TimelineLayout, from: Spot, by: 1 | -1): Spot | null {
  let { group, lane } = from;
  for (;;) {
    lane += by;
    if (lane < OWN) {
      group -= 1;
      lane = (layout.groups[group]?.lanes.length ?? 0) - 1;
    } else if (lane >= (layout.groups[group]?.lanes.length ?? 0)) {
      group += 1;
      lane = OWN;
    }
    const row = layout.groups[group];
    if (!row) {
      return null;
    }
    const place = nearest(laneOf(row, lane), from.node.started, Infinity);
    if (place >= 0) {
      return spot(layout, group, lane, place);
    }
  }
}

function spot(layout: TimelineLayout, group: number, lane: number, place: number): Spot | null {
  const found = layout.groups[group];
  const node = found && laneOf(found, lane)[place];
  return node ? { group, lane, place, node } : null;
}

function isWithin(node: Node, step: Node): boolean {
  for (let part: Node | null = node; part; part = part.parent) {
    if (part === step) {
      return true;
    }
  }
  return false;
}

/** The place of the node nearest to a time, in a lane in order of time; -1 if none is in reach. */
function nearest(nodes: readonly Node[], time: number, reach: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle] as Node).started <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const before = nodes[low - 1];
  const after = nodes[low];
  const sinceEnd = before ? time - (before.ended ?? Infinity) : Infinity;
  const untilStart = after ? after.started - time : Infinity;
  const place = sinceEnd <= untilStart ? low - 1 : low;
  return Math.min(sinceEnd, untilStart) <= reach ? place : -1;
}

/** How many calls of a group were in flight at a Unix time. */
export function inFlight(group: Group, time: number): number {
  return group.lanes.filter(lane => nearest(lane, time, 0) >= 0).length;
}
