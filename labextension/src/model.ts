/** A run as its views show it, reduced from its events. */

import { Json, RunEvent } from './events';
import { Listeners } from './model/listeners';
import { Log } from './model/log';
import { Reduction } from './model/reduction';
import { isOfRun } from './model/spans';
import {
  Answer,
  Batch,
  Calls,
  ChildRuns,
  Limits,
  Node,
  Retry,
  Status,
  Stream,
  Usage
} from './model/types';

export { eventsOf, eventsOfLines, UnreadableError } from './model/reading';
export * from './model/types';

/**
 * Feed it the events of a run with `add`; all else is for reading. Events it has already and
 * those of other runs are passed over. One that comes late is put in its place: what there is to
 * read does not depend on the order in which events came.
 */
export class RunModel {
  #id: string;
  #run = new Reduction();
  #log = new Log();
  readonly #listeners = new Listeners<RunModel>(this);

  constructor(id = '') {
    this.#id = id;
  }

  /** The model of a recorded run; one that stops in the middle was interrupted. */
  static of(events: Iterable<RunEvent>): RunModel {
    const model = new RunModel();
    model.addAll(events);
    model.interrupt();
    return model;
  }

  // -- taking events --------------------------------------------------------------------

  add(event: RunEvent): void {
    this.addAll([event]);
  }

  addAll(events: Iterable<RunEvent>): void {
    const late: RunEvent[] = [];
    let isChanged = false;
    for (const event of events) {
      if (!this.#isOurs(event) || this.#log.has(event)) {
        continue;
      }
      isChanged = true;
      if (event.seq < this.lastSeq) {
        late.push(event);
      } else {
        this.#take(event);
      }
    }
    if (late.length > 0) {
      this.#startAnew(this.#log.with(late));
    }
    if (isChanged) {
      this.#listeners.notify();
    }
  }

  /** Say that the kernel has ended: a run that was running is interrupted. */
  interrupt(): void {
    if (this.#run.status === 'running') {
      this.#run.interrupt();
      this.#listeners.notify();
    }
  }

  /** Be told of changes, at most once a frame; returns what ends that. */
  onChange(listener: (model: RunModel) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The first event names the run, where nobody did before. */
  #isOurs(event: RunEvent): boolean {
    if (!isOfRun(event.span)) {
      return false;
    }
    this.#id ||= event.run;
    return event.run === this.#id;
  }

  #take(event: RunEvent): void {
    this.#log.push(event);
    this.#run.take(event);
  }

  /** Events came late, which is rare: all are reduced again, so that order may matter elsewhere. */
  #startAnew(events: readonly RunEvent[]): void {
    const before = this.#run;
    this.#run = new Reduction();
    this.#log = new Log();
    for (const event of events) {
      if (!this.#log.has(event)) {
        this.#take(event);
      }
    }
    if (this.#run.asking !== '') {
      this.#run.stream = before.stream;
    }
    if (before.status === 'interrupted') {
      this.interrupt();
    }
  }

  // -- reading --------------------------------------------------------------------------

  get id(): string {
    return this.#id;
  }

  get question(): string {
    return this.#run.question;
  }

  get model(): string {
    return this.#run.model;
  }

  get subModel(): string {
    return this.#run.subModel;
  }

  /** For each: name, expression, type, size, fingerprint, description. */
  get contexts(): readonly Json[] {
    return this.#run.contexts;
  }

  get limits(): Limits {
    return this.#run.limits;
  }

  get notes(): readonly string[] {
    return this.#run.notes;
  }

  /** The user's earlier names that are kept until `%rlm restore`. */
  get shadowed(): readonly string[] {
    return this.#run.shadowed;
  }

  /** The latest few. */
  get warnings(): readonly string[] {
    return this.#run.warnings;
  }

  get status(): Status {
    return this.#run.status;
  }

  /** Why it is not running: `answer`, `step`, `interrupt`, `max_steps`, `error`… */
  get reason(): string {
    return this.#run.reason;
  }

  get message(): string {
    return this.#run.message;
  }

  get answer(): Answer | null {
    return this.#run.answer;
  }

  get timesResumed(): number {
    return this.#run.timesResumed;
  }

  /** The node of the run itself; every other hangs below it. */
  get root(): Node {
    return this.#run.tree.root;
  }

  node(span: string): Node | undefined {
    return this.#run.tree.get(span);
  }

  /** The steps of the root that have begun; one that is taken again is the same. */
  get steps(): readonly Node[] {
    return this.#run.steps;
  }

  /** Of all calls, children's included. */
  get usage(): Usage {
    return this.#run.ledger.usage;
  }

  get calls(): Calls {
    return this.#run.ledger.calls;
  }

  /** The root's batches that have not ended. */
  get batches(): readonly Batch[] {
    return this.#run.ledger.batches;
  }

  /** The children that a step of the root started, if it did. */
  childRuns(step: Node): ChildRuns | undefined {
    return this.#run.ledger.childRuns(step);
  }

  /** The reply that is being written, if one is. */
  get stream(): Stream | null {
    return this.#run.stream;
  }

  /** The model whose turn it is, while the run waits for its reply; else empty. */
  get asking(): string {
    return this.#run.asking;
  }

  /** The latest failed call that is made again, until any call ends. */
  get retrying(): Retry | null {
    return this.#run.retrying;
  }

  /** The Unix time at which the present call or cell of the root began. */
  get waitingSince(): number {
    return this.#run.waitingSince;
  }

  /** Seconds the run has been running, pauses not counted, at the Unix time `now`. */
  seconds(now: number): number {
    return this.#run.seconds(now);
  }

  /** The number of the last event taken; -1 before there is one. */
  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** All that are stored, in order. */
  get events(): readonly RunEvent[] {
    return this.#log.events;
  }
}
