/** Walking over the nodes of a run to find some. */

import type { Node, RunModel } from '../model';
import { seconds } from './facts';
import { plain } from './text';
import { textsOf } from './texts';

/** What is looked for: a text, and any of the kinds that are asked for. */
export interface Query {
  readonly text: string;
  readonly failed: boolean;
  readonly slow: boolean;
  readonly expensive: boolean;
}

/** What a search found in a text, and what stands around it. */
export interface Excerpt {
  readonly before: string;
  readonly found: string;
  readonly after: string;
}

/** What is slow is among this part of all calls, and takes this many times their median. */
const TOP = 0.05;
const TIMES_MEDIAN = 2;
/** Characters around what was found. */
const BEFORE = 10;
const AFTER = 160;

/** A text to be found in others, in whatever case. */
export class Needle {
  private readonly _pattern: RegExp;
  /** Whether a node has it; good while the node has as many events. */
  private readonly _known = new WeakMap<Node, { events: number; found: boolean }>();

  constructor(text: string) {
    this._pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu');
  }

  isIn(node: Node): boolean {
    const events = node.detail.length;
    let known = this._known.get(node);
    if (known?.events !== events) {
      known = { events, found: this._match(node) !== null };
      this._known.set(node, known);
    }
    return known.found;
  }

  /** Where it is in the texts of a node. */
  excerpt(node: Node): Excerpt | null {
    const match = this._match(node);
    if (!match) {
      return null;
    }
    const [{ length }, text] = [match[0], match.input];
    const start = Math.max(0, match.index - BEFORE);
    const after = text.slice(match.index + length, match.index + length + AFTER);
    return {
      before: (start > 0 ? '…' : '') + spaced(text.slice(start, match.index)),
      found: spaced(match[0]),
      after: spaced(after)
    };
  }

  private _match(node: Node): RegExpExecArray | null {
    for (const text of textsOf(node)) {
      const match = this._pattern.exec(text);
      if (match) {
        return match;
      }
    }
    return null;
  }
}

function spaced(text: string): string {
  return plain(text.replace(/\s+/g, ' '));
}

export interface Found {
  readonly hits: Set<Node>;
  /** The hits and all that they are part of. */
  readonly shown: Set<Node>;
}

/**
 * Search a run for what a query says, adding to `found`; yields after each node.
 *
 * @param exact - Spans that are known to hold the text.
 */
export function* searching(
  model: RunModel,
  query: Query,
  needle: Needle | null,
  exact: ReadonlySet<string>,
  found: Found
): Generator<undefined, void, undefined> {
  const tests = yield* testsFor(model, query);
  for (const node of below(model.root)) {
    const isKind = !tests.length || tests.some(test => test(node));
    if (isKind && (exact.has(node.span) || (needle?.isIn(node) ?? true))) {
      add(found, node);
    }
    yield;
  }
}

function add({ hits, shown }: Found, node: Node): void {
  hits.add(node);
  for (let part: Node | null = node; part && !shown.has(part); part = part.parent) {
    shown.add(part);
  }
}

type Test = (node: Node) => boolean;

function* testsFor(model: RunModel, query: Query): Generator<undefined, Test[], undefined> {
  const tests: Test[] = [];
  if (query.failed) {
    tests.push(node => node.state === 'failed' && node.kind !== 'step'); // its cell did
  }
  if (query.slow) {
    tests.push(yield* testForTop(model, secondsOfWork));
  }
  if (query.expensive) {
    tests.push(yield* testForTop(model, costOfWork));
  }
  return tests;
}

function* below(node: Node): Generator<Node, void, undefined> {
  for (const child of node.children) {
    yield child;
    yield* below(child);
  }
}

/** The time of what does something itself: calls, and cells that made none. */
function secondsOfWork(node: Node): number | null {
  const works = node.kind === 'call' || (node.kind === 'cell' && !node.children.length);
  return works && node.ended !== null ? seconds(node, node.ended) : null;
}

function costOfWork(node: Node): number | null {
  return node.kind === 'call' ? node.cost : null;
}

/** A test for the nodes with the largest figures: the top 5 %, and at least twice the median. */
function* testForTop(
  model: RunModel,
  figure: (node: Node) => number | null
): Generator<undefined, Test, undefined> {
  const figures: number[] = [];
  for (const node of below(model.root)) {
    const value = figure(node);
    if (value !== null) {
      figures.push(value);
    }
    yield;
  }
  const sorted = Float64Array.from(figures).sort();
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? Infinity;
  const threshold = Math.max(at(1 - TOP), TIMES_MEDIAN * at(0.5));
  return node => {
    const value = figure(node);
    return value !== null && value > 0 && value >= threshold;
  };
}
