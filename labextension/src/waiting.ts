/** The cells that a run proposes: they wait for the user, who runs, edits or skips them. */

import { aboutOf, describe, giveToUser, isEdited, isLeftOut, isProposed, labelOf } from './about';
import type { CellBook } from './book';
import type { KernelLink } from './link';
import type { OutputRoutes } from './outputs';
import type { ProposeCell, PutCell, StayCell } from './protocol';

export class WaitingCells {
  constructor(
    private readonly _book: CellBook,
    private readonly _outputs: OutputRoutes,
    private readonly _link: KernelLink
  ) {}

  /** From now on it is run as any cell is, whose outputs come by themselves. */
  propose({ id, metadata }: ProposeCell): void {
    const model = this._book.model(id);
    if (model !== null) {
      this._outputs.close(id);
      const source = model.sharedModel.getSource();
      this._book.untracked(() => describe(model, metadata.rlm, source));
    }
  }

  /** Say which of the cells that wait were edited: they are about to run as they stand here. */
  report(run: string): void {
    const edited = this._book
      .ofRun(run)
      .filter(model => isProposed(aboutOf(model)) && isEdited(model));
    const cells = Object.fromEntries(
      edited.map(model => [labelOf(model), model.sharedModel.getSource()] as const)
    );
    void this._link.request('edited', { run, cells }).catch(() => undefined); // it asks again
  }

  /** It runs by the run's own hand after all. */
  accept({ id, metadata }: Omit<PutCell, 'op'>): void {
    const model = this._book.model(id);
    if (model !== null && (isProposed(aboutOf(model)) || isLeftOut(model))) {
      this._book.untracked(() => model.setMetadata('rlm', metadata.rlm));
    }
  }

  /** It was not run, and stays as that; what the user has made of it is theirs. */
  stay({ id, metadata }: StayCell): void {
    const model = this._book.model(id);
    if (model !== null) {
      this._outputs.close(id);
      const source = model.sharedModel.getSource();
      const change = isEdited(model)
        ? () => giveToUser(model)
        : () => describe(model, metadata.rlm, source);
      this._book.untracked(change);
    }
  }
}
