/** The runs of one notebook, in the order in which they began or went on last. */

import { comesFrom } from './model/origin';
import type { RunRegistry } from './registry';

export class KnownRuns {
  private _ids: readonly string[] = [];
  /** Those that the kernel of now has begun, or brought back. */
  private _live: readonly string[] = [];

  /**
   * @param _registry - Tells which run is a branch of which.
   * @param _changed - Called when a run came, or went on.
   */
  constructor(
    private readonly _registry: RunRegistry,
    private readonly _changed: () => void
  ) {}

  get ids(): readonly string[] {
    return this._ids;
  }

  get live(): readonly string[] {
    return this._live;
  }

  /** Another kernel is there, with these runs. */
  begin(live: readonly string[]): void {
    this._live = live;
  }

  add(run: string): void {
    if (!this._ids.includes(run)) {
      this.goOn(run);
    }
  }

  /** The kernel of now has it. */
  addLive(run: string): void {
    this.add(run);
    if (!this._live.includes(run)) {
      this._live = [...this._live, run];
    }
  }

  /** It is the latest now. */
  goOn(run: string): void {
    if (this._ids.at(-1) !== run) {
      this._ids = [...this._ids.filter(other => other !== run), run];
      this._changed();
    }
  }

  /** Whether a branch of a run, or a branch of one, has begun since the run went on last. */
  isLeft(run: string): boolean {
    const since = this._ids.slice(this._ids.indexOf(run) + 1);
    return since.some(other => comesFrom(other, run, id => this._registry.get(id)));
  }
}
