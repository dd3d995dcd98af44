/** What is missing of the runs of a kernel: a server drops messages when it gets too many. */

import type { RunEvent } from './events';
import type { RunBatch } from './protocol';
import type { RunRegistry } from './registry';

/** A part of a run's events, as a kernel gives them. */
export interface EventPage {
  readonly events: readonly RunEvent[];
  readonly more: boolean;
}

/** The events of a run after a number are not here. */
interface Gap {
  readonly run: string;
  readonly after: number;
}

export class Gaps {
  /** By run, the number of its last batch. */
  private readonly _last = new Map<string, number>();
  private readonly _open = new Set<Gap>();

  /**
   * @param _registry - The runs, which take the events.
   * @param _ask - Asks the kernel for events of a run after a number; undefined where there is none.
   */
  constructor(
    private readonly _registry: RunRegistry,
    private readonly _ask: (run: string, after: number) => Promise<EventPage | undefined>
  ) {}

  /** Note a batch whose events are not taken yet, and ask for what should have come before it. */
  isBefore(batch: RunBatch): boolean {
    const last = this._last.get(batch.run);
    this._last.set(batch.run, batch.n);
    const { lastSeq } = this._registry.of(batch.run);
    if (last === undefined && batch.n === 1 && lastSeq >= 0) {
      void this.fill(batch.run, lastSeq); // another kernel goes on with it, and has recorded how it was left
      return true;
    }
    if (batch.n === (last ?? 0) + 1) {
      return false;
    }
    // Of a run that is met in its middle there may be a copy from a file, with gaps of its own.
    void this.fill(batch.run, last === undefined ? -1 : lastSeq);
    return true;
  }

  /** Get the events of a run after a number. */
  async fill(run: string, after = -1): Promise<void> {
    const gap = { run, after };
    this._open.add(gap);
    try {
      await this._fetch(gap);
      this._open.delete(gap);
    } catch {
      // The kernel was too busy: it is asked again when it is free.
    }
  }

  /** Ask again for what the kernel did not give. */
  fillAgain(): void {
    for (const gap of [...this._open]) {
      this._open.delete(gap);
      void this.fill(gap.run, gap.after);
    }
  }

  /** There is another kernel, which numbers anew and knows other runs. */
  forget(): void {
    this._last.clear();
    this._open.clear();
  }

  private async _fetch({ run, after }: Gap): Promise<void> {
    for (let last = after, more = true; more;) {
      const page = await this._ask(run, last);
      if (!page || page.events.length === 0) {
        return;
      }
      this._registry.of(run).addAll(page.events);
      last = page.events.at(-1)!.seq;
      more = page.more;
    }
  }
}
