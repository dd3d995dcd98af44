/**
 * Taking events in: at once while they are few, and in slices where there are so many that the
 * page would stand still.
 *
 * Events come in order, but for those that a server dropped and that were asked for again. Where
 * some came late, all are reduced again, beside what shows, which they replace when all is done:
 * what there is to read does not depend on the order in which events came.
 */

import type { RunEvent } from '../events';
import { Log } from './log';
import { Reduction } from './reduction';
import { Sliced } from './slices';

/** Events that are taken at once, in about a hundredth of a second. */
const AT_ONCE = 5_000;
/** Milliseconds of a slice. */
const SLICE = 10;

/** A run as far as its events are known. */
interface State {
  readonly run: Reduction;
  readonly log: Log;
}

export class Intake {
  #shown = newState();
  /** What is made beside what shows, once events came late. */
  #draft: State | null = null;
  #queue: RunEvent[] = [];
  #next = 0;
  #late: RunEvent[] = [];
  /** Whole events that came while others waited, which may be those that they are in the place of. */
  #restored: RunEvent[] = [];
  #isInterrupted = false;
  #isRevived = false;
  readonly #onChange: () => void;

  /** `onChange` is called when there is more to read. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get run(): Reduction {
    return this.#shown.run;
  }

  get log(): Log {
    return this.#shown.log;
  }

  /** Events that wait to be taken. */
  get waiting(): number {
    return this.#queue.length - this.#next;
  }

  add(events: readonly RunEvent[]): void {
    const isIdle = this.waiting === 0;
    for (const event of events) {
      this.#queue.push(event);
    }
    if (isIdle) {
      this.#begin();
    }
  }

  /** The kernel has ended: a run that is running by the events that came is interrupted. */
  interrupt(): void {
    if (this.waiting > 0) {
      this.#isInterrupted = true;
    } else if (this.run.status === 'running') {
      this.run.interrupt();
      this.#onChange();
    }
  }

  /** The kernel has not ended, after all: the run is again as its events say. */
  revive(): void {
    this.#isInterrupted = false;
    this.#isRevived = this.run.status === 'interrupted';
    if (this.#isRevived && this.waiting === 0) {
      this.#startAnew();
      this.#begin();
    }
  }

  /** Put events in the place of the same ones, whose texts were shortened. */
  restore(events: readonly RunEvent[]): void {
    for (const event of events) {
      const shortened = this.log.replace(event);
      if (shortened !== undefined) {
        this.run.tree.replace(shortened, event);
      }
    }
    if (this.waiting > 0) {
      this.#restored.push(...events);
    }
    this.#onChange();
  }

  #begin(): void {
    if (this.waiting === 0) {
      this.#endOfQueue();
    }
    this.#takeUpTo(AT_ONCE);
    if (this.waiting > 0) {
      this.#continueLater();
    }
  }

  #continueLater(): void {
    setTimeout(() => {
      new Sliced(this.#taking()).runFor(SLICE);
      if (this.waiting > 0) {
        this.#continueLater();
      }
    });
  }

  #takeUpTo(most: number): void {
    const work = this.#taking();
    for (let taken = 0; taken < most && work.next().done !== true; taken += 1);
  }

  /** Yields after each event. */
  *#taking(): Generator<undefined, void, undefined> {
    while (this.#next < this.#queue.length) {
      const event = this.#queue[this.#next] as RunEvent;
      this.#next += 1;
      this.#take(event, this.#draft ?? this.#shown);
      if (this.waiting === 0) {
        this.#endOfQueue();
      }
      yield;
    }
  }

  #take(event: RunEvent, { log, run }: State): void {
    if (log.has(event)) {
      return;
    }
    if (log.isLate(event)) {
      this.#late.push(event);
      return;
    }
    log.push(event);
    run.take(event);
    if (this.#draft === null) {
      this.#onChange();
    }
  }

  #endOfQueue(): void {
    this.#queue = [];
    this.#next = 0;
    if (this.#late.length > 0 || (this.#isRevived && this.#draft === null)) {
      this.#startAnew();
      return;
    }
    if (this.#draft !== null) {
      this.#show(this.#draft);
    }
    this.#restoreAgain();
    if (this.#isInterrupted) {
      this.#isInterrupted = false;
      this.interrupt();
    }
  }

  #restoreAgain(): void {
    if (this.#restored.length > 0) {
      this.restore(this.#restored.splice(0));
    }
  }

  #startAnew(): void {
    const { log } = this.#draft ?? this.#shown;
    this.#queue = log.with(this.#late);
    this.#late = [];
    this.#draft = newState();
  }

  #show(draft: State): void {
    const before = this.run;
    this.#shown = draft;
    this.#draft = null;
    draft.run.present.keepStreamOf(before.present);
    if (before.status === 'interrupted' && !this.#isRevived) {
      this.interrupt();
    }
    this.#isRevived = false;
    this.#onChange();
  }
}

function newState(): State {
  return { run: new Reduction(), log: new Log() };
}
