/** The stored events of a run, in the order of their numbers, none twice. */

import { RunEvent } from '../events';

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
    for (let at = this.#lastWithin(event.seq); this.events[at]?.seq === event.seq; at -= 1) {
      if (this.events[at]?.type === event.type) {
        return true;
      }
      // A copy that was cut says so in a warning that bears the number of the last event.
    }
    return false;
  }

  /** All events together with others, in order; some may be there twice. */
  with(others: readonly RunEvent[]): RunEvent[] {
    return [...this.events, ...others].sort((one, other) => one.seq - other.seq);
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
