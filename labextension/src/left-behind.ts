/**
 * Cards that say of a run that it is running, though its kernel has died: nobody paints them any
 * more. The next kernel knows by the run's file what they are to say, in the notebook's file too.
 */

import { type ICodeCellModel, isCodeCellModel } from '@jupyterlab/cells';
import type { IMimeBundle } from '@jupyterlab/nbformat';
import { runShownBy } from './about';
import type { CellBook } from './book';
import { cardIn, cardOf, replaceCard, showing } from './cards';
import type { CellWriter } from './cells';
import type { KernelLink } from './link';
import { eventsOf } from './model';
import { TRAJECTORY_MIME } from './protocol';
import type { RunRegistry } from './registry';

/** How often a kernel is asked that is busy, or has no such file. */
const MOST = 5;

export class CardsLeftBehind {
  private readonly _asked = new Map<string, number>();
  private _isDue = false;

  /**
   * @param _book - The cells of the notebook.
   * @param _registry - Tells which runs go on, perhaps in another notebook.
   */
  constructor(
    private readonly _book: CellBook,
    private readonly _registry: RunRegistry
  ) {}

  /** A kernel is there that may know what became of runs which it has not begun. */
  begin(): void {
    this._asked.clear();
    this._isDue = true;
  }

  /** Ask it now; where it cannot say, it is asked again by the next call. */
  async settle(link: KernelLink, writer: CellWriter, own: readonly string[]): Promise<void> {
    // Where windows share their cells, each of them would write the same once more.
    if (!this._isDue || !this._book.isOpen || this._book.isCollaborative) {
      return;
    }
    this._isDue = false;
    for (const [run, cell] of this._left(own)) {
      const reply = await link
        .request<{ card: IMimeBundle }>('card', { run })
        .catch(() => this._askAgain(run));
      const isStill = this._book.isOpen && !cell.isDisposed && !this._goesOn(run);
      if (reply !== undefined && isStill) {
        this._registry.complete(run, eventsOf(reply.card[TRAJECTORY_MIME]));
        writer.settle(run, () =>
          replaceCard(cell, output => cardIn(output, run) === 'live', showing(reply.card))
        );
      }
    }
  }

  private _askAgain(run: string): undefined {
    const times = (this._asked.get(run) ?? 0) + 1;
    this._asked.set(run, times);
    this._isDue ||= times < MOST;
  }

  /** Whether a run is running, here or in another notebook: it may have been resumed just now. */
  private _goesOn(run: string): boolean {
    return this._registry.get(run)?.status === 'running';
  }

  /** The runs whose live cards the notebook has, and that no kernel runs, with their cells. */
  private _left(own: readonly string[]): [string, ICodeCellModel][] {
    return this._book.models.filter(isCodeCellModel).flatMap((cell): [string, ICodeCellModel][] => {
      const run = runShownBy(cell);
      const isLeft =
        run !== undefined &&
        !own.includes(run) &&
        !this._goesOn(run) &&
        cardOf(cell, run) === 'live';
      return isLeft ? [[run, cell]] : [];
    });
  }
}
