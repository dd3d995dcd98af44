/** Which of the windows on a notebook is the host of a run: it writes the run's cells, and saves them. */

import type { CellBook } from './book';
import type { KernelLink } from './link';
import type { CellOperation } from './protocol';

export class Hosting {
  /** The runs whose host this window is; those of others are only shown in it. */
  private readonly _ours = new Set<string>();
  /** The runs of other hosts of which something was written here that they save. */
  private readonly _unsaved = new Set<string>();

  constructor(
    private readonly _book: CellBook,
    private readonly _link: KernelLink
  ) {}

  isHostOf(run: string): boolean {
    return this._ours.has(run);
  }

  /** Whether the kernel says it to this window, as the host. */
  isTold(operation: CellOperation): boolean {
    return operation.host === this._link.kernel.clientId;
  }

  /**
   * Whether this window does what the kernel says: as the host, or after another window on the
   * same notebook, for windows that do not share their cells each write them. What is of another
   * notebook with the same kernel, it leaves alone.
   */
  concerns(run: string, operation: CellOperation): boolean {
    return this.isTold(operation)
      ? this.isHostOf(run) || this._isAskedHere(run, operation)
      : this._mirrors(run, operation);
  }

  /**
   * From now on this window is the host: what the other one has not saved is ours to. Returns
   * whether it was not the host before.
   */
  takeOver(run: string): boolean {
    if (this._ours.has(run)) {
      return false;
    }
    this._ours.add(run);
    if (this._unsaved.delete(run)) {
      this._book.touch();
    }
    return true;
  }

  /** Another window is the host. */
  handOver(run: string): void {
    this._ours.delete(run);
  }

  /** Change cells of a run, which its host saves. */
  change(run: string, change: () => void): void {
    if (this._ours.has(run)) {
      change();
    } else if (this._book.quietly(change)) {
      this._unsaved.add(run);
    }
  }

  /** Change what a run has left whose kernel is gone; what another window wrote of it, that one saves. */
  settle(run: string, change: () => void): void {
    if (this._unsaved.has(run)) {
      this._book.quietly(change);
    } else {
      change();
    }
  }

  private _isAskedHere(run: string, operation: CellOperation): boolean {
    switch (operation.op) {
      case 'begin':
        return this._book.index(operation.owner) >= 0;
      case 'put':
        return this._book.holds(run, operation.metadata.rlm.owner ?? '');
      default:
        return true; // of what is not here it finds nothing
    }
  }

  private _mirrors(run: string, operation: CellOperation): boolean {
    if (operation.op === 'host') {
      return this._ours.has(run);
    }
    if (this._book.isCollaborative) {
      return false;
    }
    switch (operation.op) {
      case 'begin':
      case 'put':
        return this._isAskedHere(run, operation);
      case 'leave':
        return operation.ids.some(id => this._book.index(id) >= 0);
      case 'report':
        return this._book.ofRun(run).length > 0;
      default:
        return this._book.index(operation.id) >= 0 || this._book.ofRun(run).length > 0;
    }
  }
}
