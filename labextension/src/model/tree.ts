/** The tree of a run: its nodes by span, what is open, and the sums from the leaves up. */

import { Json, RunEvent } from '../events';
import { isUnpriced, knownCost } from './counts';
import { amount } from './json';
import { kindOf, parentOf, ROOT } from './spans';
import { Node, NodeKind, NodeState } from './types';

/** A `Node` for those who make it. */
export type Item = {
  -readonly [Name in Exclude<keyof Node, 'parent' | 'children' | 'detail'>]: Node[Name];
} & { readonly parent: Item | null; children: Item[]; detail: RunEvent[] };

/** Shared by all leaves: of a large run nearly every node is one. */
const NO_CHILDREN: Item[] = [];

export class Tree {
  readonly root: Item = newItem(ROOT, 'run', null, 0);
  /** What has begun and not ended, the root aside. */
  readonly open = new Set<Item>();
  readonly #items = new Map<string, Item>([[ROOT, this.root]]);

  constructor() {
    this.root.state = 'running';
    this.root.ended = null;
  }

  get(span: string): Item | undefined {
    return this.#items.get(span);
  }

  /** A node that is not there yet; where a file lacks what it is part of, that is made as well. */
  make(span: string, time: number, under?: Item): Item {
    const parent = under ?? this.#at(parentOf(span), time);
    const item = newItem(span, kindOf(span), parent, time);
    this.#items.set(span, item);
    return item;
  }

  #at(span: string, time: number): Item {
    return this.#items.get(span) ?? this.make(span, time);
  }

  begin(item: Item, time: number): void {
    item.started = time;
    this.goOn(item);
  }

  /** The node runs, perhaps again. */
  goOn(item: Item): void {
    item.state = 'running';
    item.ended = null;
    this.open.add(item);
  }

  /** The node ends; returns whether it had begun. */
  end(item: Item, state: NodeState, time: number): boolean {
    item.state = state;
    item.ended = time;
    return this.open.delete(item);
  }

  /** Keep an event with the node it is about. */
  keep(item: Item, event: RunEvent): void {
    const [first, second] = item.detail;
    if (second !== undefined) {
      item.detail.push(event);
    } else {
      // The first push to an array makes room for 17, which most nodes never need.
      item.detail = first === undefined ? [event] : [first, event];
    }
  }

  /** Keep an event in the place of another one about the same node. */
  replace(event: RunEvent, by: RunEvent): void {
    const detail = this.get(by.span)?.detail ?? [];
    const place = detail.indexOf(event);
    if (place >= 0) {
      detail[place] = by;
    }
  }
}

/** Add what a call used to it and to everything it is part of. */
export function spend(item: Item, usage: Json): void {
  const tokens = amount(usage['input_tokens']) + amount(usage['output_tokens']);
  const dollars = amount(usage['cost']);
  const unpriced = isUnpriced(usage) ? 1 : 0;
  for (let at: Item | null = item; at !== null; at = at.parent) {
    at.tokens += tokens;
    at.unpriced += unpriced;
    at.cost = knownCost((at.cost ?? 0) + dollars, at.unpriced);
  }
}

/** Add calls that are over to a node and to everything it is part of. */
export function count(item: Item | null, calls: number, failed: number): void {
  for (let at = item; at !== null; at = at.parent) {
    at.calls += calls;
    at.failed += failed;
  }
}

/** The run that a node is part of; of a run it is itself. */
export function runOf(item: Item): Item {
  let at = item;
  while (at.kind !== 'run' && at.parent !== null) {
    at = at.parent;
  }
  return at;
}

/** The step of the root that a node is part of; of the root itself there is none. */
export function rootStepOf(item: Item): Item | null {
  let at: Item | null = item;
  while (at !== null && at.parent?.span !== ROOT) {
    at = at.parent;
  }
  return at;
}

/** The latest step of a run, other than `but`. */
export function lastStep(run: Item, but?: Item): Item | undefined {
  const steps = run.children;
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const step = steps[at];
    if (step?.kind === 'step' && step !== but) {
      return step;
    }
  }
  return undefined;
}

function newItem(span: string, kind: NodeKind, parent: Item | null, time: number): Item {
  const item: Item = {
    span,
    kind,
    parent,
    children: NO_CHILDREN,
    state: 'done',
    started: time,
    ended: time,
    label: labelOf(span, kind),
    model: '',
    tokens: 0,
    cost: 0,
    unpriced: 0,
    calls: 0,
    failed: 0,
    detail: []
  };
  if (parent !== null && parent.children === NO_CHILDREN) {
    parent.children = [item];
  } else {
    parent?.children.push(item);
  }
  return item;
}

/** What a node is called until the event that began it says more. */
function labelOf(span: string, kind: NodeKind): string {
  const part = span.slice(span.lastIndexOf('/') + 1);
  switch (kind) {
    case 'step':
      return `step ${part}`;
    case 'cell':
      return part.startsWith('h') ? 'your cell' : `cell ${part}`;
    case 'call':
      return 'llm_query';
    case 'batch':
      return 'batch';
    case 'run':
      return 'run';
  }
}
