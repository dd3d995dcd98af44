/** Counting: the calls of a run, the batches and children they belong to, and what they used. */

import {
  BatchFinished,
  BatchStarted,
  CallFailed,
  CallFinished,
  CallStarted,
  RunEvent,
  RunStarted
} from '../events';
import { CallCounts, OpenBatch, Tally } from './counts';
import { count, Item, rootStepOf, runOf, spend, Tree } from './tree';
import { Batch, ChildRuns, Node, NodeState } from './types';

/** The `finish_reason` of an event that stands for many calls in a copy that was cut. */
export const LEFT_OUT = 'left_out';

type Ending = 'done' | 'failed' | 'cancelled';

interface Children extends ChildRuns {
  done: number;
  failed: number;
  cancelled: number;
  readonly running: Set<Item>;
}

export class Ledger {
  readonly usage = new Tally();
  readonly calls = new CallCounts();
  /** By the step of the root whose cells started them. */
  readonly #children = new Map<Node, Children>();
  readonly #batches = new Map<Item, OpenBatch>();

  constructor(private readonly tree: Tree) {}

  /** The root's batches that have not ended; a child's show in the counts of its step. */
  get batches(): Batch[] {
    const { root } = this.tree;
    return [...this.#batches].filter(([item]) => runOf(item) === root).map(([, batch]) => batch);
  }

  childRuns(step: Node): ChildRuns | undefined {
    return this.#children.get(step);
  }

  /** The node an event is about; calls and children of a batch are part of that. */
  itemOf(event: RunEvent): Item {
    const known = this.tree.get(event.span);
    if (known !== undefined) {
      return known;
    }
    let under: Item | undefined;
    if (event.type === 'call_started' && event.batch !== null) {
      under = this.tree.get(event.batch);
    } else if (event.type === 'run_started' && event.parent !== null) {
      under = this.#batchWithRoom(event.parent);
    }
    return this.tree.make(event.span, event.time, under);
  }

  // -- calls ----------------------------------------------------------------------------

  callStarted(event: CallStarted, item: Item): void {
    item.model = event.model;
    item.label = event.role === 'root' ? 'reply' : event.function || 'llm_query';
    if (!this.#isOwnTurn(event, item) && !this.tree.open.has(item)) {
      this.calls.running += 1;
      this.#batchAbove(item)?.begin(event.index);
    }
    this.tree.begin(item, event.time);
  }

  callFinished(event: CallFinished, item: Item): void {
    item.model = event.model;
    if (!event.cached) {
      this.#spend(event, item);
    }
    if (event.finish_reason === LEFT_OUT) {
      item.label = 'calls left out';
      return;
    }
    this.#callEnded(event, item, 'done');
    this.calls.reused += event.cached ? 1 : 0;
  }

  callFailed(event: CallFailed, item: Item): void {
    this.#spend(event, item);
    this.#callEnded(event, item, event.cancelled ? 'cancelled' : 'failed');
  }

  #spend(event: CallFinished | CallFailed, item: Item): void {
    this.usage.add(event.usage);
    spend(item, event.usage);
  }

  #callEnded(event: CallFinished | CallFailed, item: Item, how: Ending): void {
    const wasRunning = this.tree.end(item, how, event.time);
    if (this.#isOwnTurn(event, item)) {
      return;
    }
    this.calls[how] += 1;
    this.calls.running -= wasRunning ? 1 : 0;
    const above = event.role === 'root' ? runOf(item).parent : item.parent;
    count(above, 1, how === 'failed' ? 1 : 0);
    this.#batchAbove(item)?.end(how, event.time, wasRunning);
  }

  /** Whether a call is the root's own turn; a child's turns are calls that a cell caused. */
  #isOwnTurn(event: { readonly role: string }, item: Item): boolean {
    return event.role === 'root' && runOf(item) === this.tree.root;
  }

  // -- batches --------------------------------------------------------------------------

  batchStarted(event: BatchStarted, item: Item): void {
    const kind = event.kind === 'rlm' ? 'rlm' : 'llm';
    item.label = `batch of ${event.size}`;
    this.tree.begin(item, event.time);
    this.#batches.set(item, new OpenBatch(event.span, kind, event.size, event.time));
  }

  batchFinished(event: BatchFinished, item: Item): void {
    this.tree.end(item, 'done', event.time);
    const batch = this.#batches.get(item);
    this.#batches.delete(item);
    if (batch === undefined || batch.kind !== 'llm') {
      return;
    }
    // A copy of a trajectory that was cut lacks most of its calls; this counts them all the same.
    const missing = batch.size - batch.ended;
    const done = Math.min(missing, Math.max(0, event.done - batch.done));
    this.calls.done += done;
    this.calls.failed += missing - done;
    count(item, missing, missing - done);
  }

  #batchAbove(item: Item): OpenBatch | undefined {
    return item.parent?.kind === 'batch' ? this.#batches.get(item.parent) : undefined;
  }

  // -- children -------------------------------------------------------------------------

  childStarted(event: RunStarted, item: Item): void {
    item.model = event.model;
    item.label = event.question;
    this.#childrenWith(item)?.running.add(item);
    this.#batchAbove(item)?.begin(null);
    this.tree.begin(item, event.time);
  }

  /** A child that did not finish has failed for its parent, unless it was interrupted with it. */
  childEnded(item: Item, state: NodeState, time: number): void {
    const how = state === 'done' || state === 'cancelled' ? state : 'failed';
    if (this.tree.end(item, state, time)) {
      this.#batchAbove(item)?.end(how, time, true);
    }
    const children = this.#childrenWith(item);
    if (children?.running.delete(item) === true) {
      children[how] += 1;
    }
  }

  /** The counts that a child belongs to; a grandchild shows in its parent's line. */
  #childrenWith(item: Item): Children | undefined {
    const step = rootStepOf(item);
    if (step === null || item.parent === null || runOf(item.parent) !== this.tree.root) {
      return undefined;
    }
    const known = this.#children.get(step);
    const children = known ?? { done: 0, failed: 0, cancelled: 0, running: new Set<Item>() };
    if (known === undefined) {
      this.#children.set(step, children);
    }
    return children;
  }

  /** The batch a child is part of: one that its cell waits for and that has room for it. */
  #batchWithRoom(cell: string): Item | undefined {
    for (const [item, batch] of this.#batches) {
      if (batch.kind === 'rlm' && item.parent?.span === cell && batch.hasRoom) {
        return item;
      }
    }
    return undefined;
  }

  // -- pauses ---------------------------------------------------------------------------

  /** No cell is running any more: what is open was cut off. */
  cutOff(time: number): void {
    for (const item of this.tree.open) {
      this.tree.end(item, 'cancelled', time);
    }
    this.calls.running = 0;
    this.#batches.clear();
  }

  /** The run goes on: children of which no end is known by now were cut off. */
  goOn(): void {
    for (const children of this.#children.values()) {
      children.cancelled += children.running.size;
      children.running.clear();
    }
  }
}
