/** A run as its views show it, reduced from its events. */

import { Json, RunEvent } from './events';
import { Intake } from './model/intake';
import { Listeners } from './model/listeners';
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
  readonly #listeners = new Listeners<RunModel>(this);
  readonly #intake = new Intake(() => this.#listeners.notify());

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

  /** Take events in: a few thousand at once, more in slices while `waiting` tells how many are left. */
  addAll(events: Iterable<RunEvent>): void {
    this.#intake.add([...events].filter(event => this.#isOurs(event)));
  }

  /** Put whole events in the place of those that came with their texts shortened. */
  restore(events: Iterable<RunEvent>): void {
    this.#intake.restore([...events].filter(event => this.#isOurs(event)));
  }

  /** Say that the kernel has ended: a run that was running is interrupted. */
  interrupt(): void {
    this.#intake.interrupt();
  }

  /** Say that the kernel is there: what seemed to be interrupted is as its events say. */
  revive(): void {
    this.#intake.revive();
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

  // -- reading --------------------------------------------------------------------------

  get id(): string {
    return this.#id;
  }

  get question(): string {
    return this.#intake.run.question;
  }

  get model(): string {
    return this.#intake.run.model;
  }

  get subModel(): string {
    return this.#intake.run.subModel;
  }

  /** For each: name, expression, type, size, fingerprint, description. */
  get contexts(): readonly Json[] {
    return this.#intake.run.contexts;
  }

  get limits(): Limits {
    return this.#intake.run.limits;
  }

  get notes(): readonly string[] {
    return this.#intake.run.notes;
  }

  /** The user's earlier names that are kept until `%rlm restore`. */
  get shadowed(): readonly string[] {
    return this.#intake.run.shadowed;
  }

  /** The latest few. */
  get warnings(): readonly string[] {
    return this.#intake.run.warnings;
  }

  get status(): Status {
    return this.#intake.run.status;
  }

  /** Why it is not running: `answer`, `step`, `interrupt`, `max_steps`, `error`… */
  get reason(): string {
    return this.#intake.run.reason;
  }

  get message(): string {
    return this.#intake.run.message;
  }

  get answer(): Answer | null {
    return this.#intake.run.answer;
  }

  get timesResumed(): number {
    return this.#intake.run.timesResumed;
  }

  /** The node of the run itself; every other hangs below it. */
  get root(): Node {
    return this.#intake.run.tree.root;
  }

  node(span: string): Node | undefined {
    return this.#intake.run.tree.get(span);
  }

  /** The steps of the root that have begun; one that is taken again is the same. */
  get steps(): readonly Node[] {
    return this.#intake.run.steps;
  }

  /** Of all calls, children's included. */
  get usage(): Usage {
    return this.#intake.run.ledger.usage;
  }

  get calls(): Calls {
    return this.#intake.run.ledger.calls;
  }

  /** The root's batches that have not ended. */
  get batches(): readonly Batch[] {
    return this.#intake.run.ledger.batches;
  }

  /** The children that a step of the root started, if it did. */
  childRuns(step: Node): ChildRuns | undefined {
    return this.#intake.run.ledger.childRuns(step);
  }

  /** The reply that is being written, if one is. */
  get stream(): Stream | null {
    return this.#intake.run.present.stream;
  }

  /** The model whose turn it is, while the run waits for its reply; else empty. */
  get asking(): string {
    return this.#intake.run.present.asking;
  }

  /** The latest failed call that is made again, until any call ends. */
  get retrying(): Retry | null {
    return this.#intake.run.present.retrying;
  }

  /** The Unix time at which the present call or cell of the root began. */
  get waitingSince(): number {
    return this.#intake.run.present.waitingSince;
  }

  /** Seconds the run has been running, pauses not counted, at the Unix time `now`. */
  seconds(now: number): number {
    return this.#intake.run.clock.seconds(now);
  }

  /** Events that have come and are not taken in yet. */
  get waiting(): number {
    return this.#intake.waiting;
  }

  /** The number of the last event taken; -1 before there is one. */
  get lastSeq(): number {
    return this.#intake.log.lastSeq;
  }

  /** All that are stored, in order. */
  get events(): readonly RunEvent[] {
    return this.#intake.log.events;
  }
}
