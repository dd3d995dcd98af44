/** What is counted of a run: usage, calls, the progress of batches. */

import { Json } from '../events';
import { amount } from './json';
import { Batch, Calls, Usage } from './types';

/** Dollars that are known in part: null where none are, though there were calls that cost some. */
export function knownCost(dollars: number, unpriced: number): number | null {
  return unpriced > 0 && dollars === 0 ? null : dollars;
}

/** What all calls of a run used. */
export class Tally implements Usage {
  inputTokens = 0;
  outputTokens = 0;
  cachedTokens = 0;
  reasoningTokens = 0;
  cost: number | null = 0;
  unpriced = 0;

  add(usage: Json): void {
    this.inputTokens += amount(usage['input_tokens']);
    this.outputTokens += amount(usage['output_tokens']);
    this.cachedTokens += amount(usage['cached_tokens']);
    this.reasoningTokens += amount(usage['reasoning_tokens']);
    this.unpriced += isUnpriced(usage) ? 1 : 0;
    this.cost = knownCost((this.cost ?? 0) + amount(usage['cost']), this.unpriced);
  }
}

/** Whether a call cost something that nobody knows. */
export function isUnpriced(usage: Json): boolean {
  return usage['cost'] === null;
}

/** How many calls ended in which way. */
export class CallCounts implements Calls {
  done = 0;
  failed = 0;
  cancelled = 0;
  running = 0;
  reused = 0;
  max = 0;

  get started(): number {
    return this.done + this.failed + this.cancelled + this.running;
  }
}

/** Seconds that a rate looks back. */
const WINDOW = 10;
/** Seconds between the samples of a rate. */
const GRAIN = 0.25;

/** How fast a count grows; keeps a few dozen samples. */
class Pace {
  #samples: { time: number; count: number }[];

  constructor(start: number) {
    this.#samples = [{ time: start, count: 0 }];
  }

  note(time: number, count: number): void {
    const samples = this.#samples;
    const before = samples[samples.length - 2];
    if (before !== undefined && time - before.time < GRAIN) {
      samples.pop();
    }
    samples.push({ time, count });
    while (samples.length > 2 && time - (samples[1]?.time ?? time) >= WINDOW) {
      samples.shift();
    }
  }

  perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    if (first === undefined || last === undefined || last.time <= first.time) {
      return 0;
    }
    return (last.count - first.count) / (last.time - first.time);
  }
}

/** A batch that has not ended. */
export class OpenBatch implements Batch {
  done = 0;
  failed = 0;
  cancelled = 0;
  running = 0;
  readonly #pace: Pace;
  readonly #asked = new Set<number>();

  constructor(
    readonly span: string,
    readonly kind: 'llm' | 'rlm',
    readonly size: number,
    readonly started: number
  ) {
    this.#pace = new Pace(started);
  }

  get ended(): number {
    return Math.min(this.done + this.failed + this.cancelled, this.size);
  }

  get rate(): number {
    return this.#pace.perSecond();
  }

  get secondsLeft(): number | null {
    return this.rate > 0 ? (this.size - this.ended) / this.rate : null;
  }

  /** Whether there is a prompt whose call or run has not begun. */
  get hasRoom(): boolean {
    return this.ended + this.running < this.size;
  }

  /** A call begins; one that asks a prompt again takes back the reply that did not fit. */
  begin(index: number | null): void {
    if (index !== null && this.#asked.has(index)) {
      this.done -= 1;
    } else if (index !== null) {
      this.#asked.add(index);
    }
    this.running += 1;
  }

  end(how: 'done' | 'failed' | 'cancelled', time: number, wasRunning: boolean): void {
    this[how] += 1;
    this.running -= wasRunning ? 1 : 0;
    this.#pace.note(time, this.ended);
  }
}
