/** The stored events of a run, in the order of their numbers, none twice. */

import { RunEvent } from '../events';
import { LEFT_OUT } from './ledger';

export class Log {
  readonly events: RunEvent[] = [];

  /** The number of the last event; -1 before there is one. */
  get lastSeq(): number {
    return this.events[this.events.length - 1]?.seq ?? -1;
  }

  /** Keep an event that comes after all others. */
  push(event: RunEvent): void {
    if (event.type !== 'reply_delta') {
      this.events.push(event);
    }
  }

  /** Whether an event is here already, or, of one that is not stored, whether its time is over. */
  has(event: RunEvent): boolean {
    if (event.seq > this.lastSeq) {
      return false;
    }
    if (event.type === 'reply_delta') {
      return true; // it bears the number of the next event that is stored
    }
    const known = this.events[this.#placeOf(event)];
    return known !== undefined && (!isStandIn(known) || isStandIn(event));
  }

  /** Whether an event that is not here should have come before others. */
  isLate(event: RunEvent): boolean {
    const { lastSeq } = this;
    return event.seq < lastSeq || (event.seq === lastSeq && this.#placeOf(event) >= 0);
  }

  /** Put an event in the place of the same one; returns that, if there is one. */
  replace(event: RunEvent): RunEvent | undefined {
    const place = this.#placeOf(event);
    const known = this.events[place];
    if (known !== undefined) {
      this.events[place] = event;
    }
    return known;
  }

  /** All events together with others, in order; some may be there twice. */
  with(others: readonly RunEvent[]): RunEvent[] {
    const late = new Set(others.map(event => event.seq));
    // A copy that was cut had one event for many, and now that one comes itself.
    const kept = this.events.filter(event => !(isStandIn(event) && late.has(event.seq)));
    return [...kept, ...others].sort((one, other) => one.seq - other.seq);
  }

  /** The place of the event of the same number and type; -1 where there is none. */
  #placeOf({ seq, type }: RunEvent): number {
    for (let at = this.#lastWithin(seq); this.events[at]?.seq === seq; at -= 1) {
      if (this.events[at]?.type === type) {
        return at;
      }
      // A copy that was cut says so in a warning that bears the number of the last event.
    }
    return -1;
  }

  /** The place of the last event whose number is at most `seq`. */
  #lastWithin(seq: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle]?.seq ?? seq) <= seq) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
}

/** Whether an event stands for many calls, in the place of the first of them. */
function isStandIn(event: RunEvent): boolean {
  return event.type === 'call_finished' && event.finish_reason === LEFT_OUT;
}
