/** The state of a run, reduced from its events one by one, in their order. */

import * as e from '../events';
import { Clock } from './clock';
import { answerOf, limitsOf } from './json';
import { Ledger } from './ledger';
import { Present } from './present';
import { STATES, stateOfCell, stateOfChild, statusAtEnd, statusAtPause } from './states';
import { Item, lastStep, runOf, Tree } from './tree';
import { Answer, Limits, NodeState, Status } from './types';

const MAX_WARNINGS = 5;

export class Reduction {
  question = '';
  model = '';
  subModel = '';
  contexts: readonly e.Json[] = [];
  limits: Limits = limitsOf({});
  notes: readonly string[] = [];
  shadowed: readonly string[] = [];
  warnings: readonly string[] = [];
  status: Status = 'running';
  reason = '';
  message = '';
  timesResumed = 0;
  answer: Answer | null = null;
  readonly clock = new Clock();
  readonly present = new Present();
  readonly steps: Item[] = [];
  readonly tree = new Tree();
  readonly ledger = new Ledger(this.tree);
  #limits: e.Json = {};

  take(event: e.RunEvent): void {
    this.clock.note(event.time);
    if (event.type === 'reply_delta') {
      return this.#replyDelta(event);
    }
    const item = this.ledger.itemOf(event);
    this.tree.keep(item, event);
    this.#apply(event, item);
  }

  /** The kernel ended before the run did. */
  interrupt(): void {
    this.#standStill('interrupted', 'kernel', 'the kernel ended before the run did');
  }

  #apply(event: Exclude<e.RunEvent, e.ReplyDelta>, item: Item): void {
    switch (event.type) {
      case 'run_started':
        return item === this.tree.root
          ? this.#runStarted(event)
          : this.ledger.childStarted(event, item);
      case 'step_started':
        return this.#stepStarted(event, item);
      case 'call_started':
        return this.#callStarted(event, item);
      case 'call_retried':
        return this.present.retry(event, runOf(item) === this.tree.root);
      case 'call_finished':
        return this.#callFinished(event, item);
      case 'call_failed':
        return this.#callFailed(event, item);
      case 'batch_started':
        return this.ledger.batchStarted(event, item);
      case 'batch_finished':
        return this.ledger.batchFinished(event, item);
      case 'cell_started':
        return this.#cellStarted(event, item);
      case 'cell_finished':
        return this.#cellFinished(event, item);
      case 'run_paused':
        return this.#runPaused(event, item);
      case 'run_resumed':
        return this.#runResumed(event, item);
      case 'run_finished':
        return this.#runFinished(event, item);
      case 'warned':
        return this.#warned(event);
      case 'cells_proposed':
      case 'step_undone':
      case 'message_added':
        return; // it is kept with its step, for those who show what waits, was sent or taken back
    }
  }

  // -- runs -----------------------------------------------------------------------------

  #runStarted(event: e.RunStarted): void {
    const { root } = this.tree;
    this.question = root.label = event.question;
    this.model = root.model = event.model;
    this.subModel = event.sub_model;
    this.contexts = event.contexts;
    this.notes = event.notes;
    this.shadowed = event.shadowed;
    // The limits of a branch are those of the run it comes from, and what was raised for it.
    this.#setLimits({ ...event.limits, ...(event.branch_of['limits'] as e.Json | undefined) });
    root.started = event.time;
    this.#goOn(event.time);
  }

  #runPaused(event: e.RunPaused, item: Item): void {
    if (item !== this.tree.root) {
      return this.#childEnded(item, 'paused', event.time);
    }
    this.#standStill(statusAtPause(event), event.reason, event.message);
  }

  #runResumed(event: e.RunResumed, item: Item): void {
    if (item !== this.tree.root) {
      return this.tree.goOn(item);
    }
    const step = this.steps[this.steps.length - 1];
    if (event.command === 'skip' && step?.state === 'proposed') {
      this.tree.keep(step, event);
      step.state = 'cancelled';
    }
    this.#setStatus('running', '', '');
    this.timesResumed += 1;
    this.#setLimits({ ...this.#limits, ...event.limits });
    this.ledger.goOn();
    this.#goOn(event.time);
  }

  #runFinished(event: e.RunFinished, item: Item): void {
    if (item !== this.tree.root) {
      return this.#childEnded(item, stateOfChild(event), event.time);
    }
    this.#standStill(statusAtEnd(event), event.reason, event.message);
    if (event.seconds) {
      this.clock.set(event.seconds);
    }
    this.answer = event.answer === null ? this.answer : answerOf(event.answer);
  }

  #setStatus(status: Status, reason: string, message: string): void {
    this.status = status;
    this.reason = reason;
    this.message = message;
  }

  #setLimits(limits: e.Json): void {
    this.#limits = limits;
    this.limits = limitsOf(limits);
    this.ledger.calls.max = this.limits.maxCalls;
  }

  #goOn(time: number): void {
    this.clock.start(time);
    this.tree.root.state = 'running';
    this.tree.root.ended = null;
  }

  #standStill(status: Status, reason: string, message: string): void {
    const { root } = this.tree;
    const step = this.steps[this.steps.length - 1];
    const wasOpen = step !== undefined && this.tree.open.has(step);
    this.clock.stop();
    this.#setStatus(status, reason, message);
    this.present.endTurn();
    this.present.endCall();
    this.ledger.cutOff(this.clock.latest);
    root.state = STATES[status];
    root.ended = this.clock.latest;
    if (step?.state === 'proposed' && status === 'paused') {
      step.state = 'done'; // the user has run what it proposed
    } else if (step?.state === 'proposed' && status !== 'proposed' && status !== 'interrupted') {
      step.state = 'cancelled';
    } else if (
      step !== undefined &&
      (status === 'proposed' || (wasOpen && root.state === 'paused'))
    ) {
      step.state = root.state;
    }
  }

  #childEnded(item: Item, state: NodeState, time: number): void {
    const step = lastStep(item);
    if (step !== undefined && this.tree.open.has(step)) {
      this.tree.end(step, 'cancelled', time);
    }
    this.ledger.childEnded(item, state, time);
  }

  // -- steps and cells ------------------------------------------------------------------

  #stepStarted(event: e.StepStarted, item: Item): void {
    const before = item.parent === null ? undefined : lastStep(item.parent, item);
    if (before !== undefined && this.tree.open.has(before)) {
      this.tree.end(before, 'done', event.time);
    } else if (before?.state === 'proposed' || before?.state === 'paused') {
      before.state = 'cancelled'; // it was passed over, or cut off and not taken again
    }
    if (item.parent === this.tree.root && !this.steps.includes(item)) {
      this.steps.push(item);
    }
    this.tree.begin(item, event.time);
  }

  #cellStarted(event: e.CellStarted, item: Item): void {
    this.tree.begin(item, event.time);
    if (event.cell > 0 && item.parent !== null) {
      this.tree.goOn(item.parent);
    }
    if (runOf(item) !== this.tree.root) {
      return;
    }
    this.present.runCell(event.time);
    if (event.cell > 0) {
      this.clock.startIfStopped(event.time); // while the run stands still, it is run by hand
    }
  }

  #cellFinished(event: e.CellFinished, item: Item): void {
    if (event.cell > 0 && this.status !== 'running' && runOf(item) === this.tree.root) {
      this.clock.stop();
    }
    const state = stateOfCell(event);
    this.tree.end(item, state, event.time);
    if (event.cell > 0 && item.parent !== null) {
      const waits = this.status === 'proposed' && item.parent.parent === this.tree.root;
      // The cells of a step end at the first error; those that wait for the user wait on.
      this.tree.end(item.parent, waits ? 'proposed' : state, event.time);
    }
  }

  // -- calls ----------------------------------------------------------------------------

  #callStarted(event: e.CallStarted, item: Item): void {
    this.ledger.callStarted(event, item);
    if (event.role !== 'root' || item.parent === null) {
      return;
    }
    this.tree.goOn(item.parent);
    if (runOf(item) === this.tree.root) {
      this.present.ask(event);
    }
  }

  #replyDelta(event: e.ReplyDelta): void {
    const item = this.tree.get(event.span);
    if (item !== undefined && runOf(item) === this.tree.root) {
      this.present.write(event);
    }
  }

  #callFinished(event: e.CallFinished, item: Item): void {
    this.ledger.callFinished(event, item);
    if (event.role === 'root' && item.parent !== null) {
      item.parent.model = event.model;
    }
    this.#replied(event, item, 'done');
  }

  #callFailed(event: e.CallFailed, item: Item): void {
    this.ledger.callFailed(event, item);
    this.#replied(event, item, event.cancelled ? 'cancelled' : 'failed');
  }

  /** A call is over; if it was a turn, so is its step, until one of its cells runs. */
  #replied(event: e.CallFinished | e.CallFailed, item: Item, state: NodeState): void {
    this.present.endCall();
    if (event.role !== 'root' || item.parent === null) {
      return;
    }
    this.tree.end(item.parent, state, event.time);
    if (runOf(item) === this.tree.root) {
      this.present.endTurn();
    }
  }

  // -- the rest -------------------------------------------------------------------------

  #warned(event: e.Warned): void {
    if (!this.warnings.includes(event.message)) {
      this.warnings = [...this.warnings, event.message].slice(-MAX_WARNINGS);
    }
  }
}
