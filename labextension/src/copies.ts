/** A copy of a model's cell, or a part split off, is an ordinary cell of the user's. */

import type { ICellModel } from '@jupyterlab/cells';
import type { CellList, INotebookModel } from '@jupyterlab/notebook';
import { aboutOf, giveToUser, isOriginal } from './about';
import { CellBook } from './book';
import type { AboutCell } from './protocol';

type Changes = Parameters<Parameters<CellList['changed']['connect']>[0]>[1];

/** Let what comes into the notebook as a copy of a model's cell, from here or elsewhere, be the user's own. */
export function releaseCopies(notebook: INotebookModel, book: CellBook): void {
  notebook.cells.changed.connect((_, change: Changes) => {
    const added = change.type === 'add' ? change.newValues.filter(cell => aboutOf(cell)) : [];
    if (added.length > 0) {
      // A cell that is moved or merged is there twice for a moment.
      queueMicrotask(() => added.forEach(cell => releaseCopy(cell, book)));
    }
  });
}

function releaseCopy(cell: ICellModel, book: CellBook): void {
  const about = book.isOpen && book.model(cell.id) === cell ? aboutOf(cell) : undefined;
  if (about === undefined) {
    return;
  }
  const isSecond = book.ofRun(about.run).some(other => other !== cell && isOf(other, about));
  // One that is dragged here from another notebook keeps its id; its run is not here.
  const isStray = about.digest !== undefined && !book.holds(about.run, about.owner ?? '', cell);
  if (isSecond || isStray || !isOriginal(cell, about)) {
    book.untracked(() => giveToUser(cell));
  }
}

function isOf(cell: ICellModel, { step, cell: number }: AboutCell): boolean {
  const about = aboutOf(cell)!;
  return about.step === step && about.cell === number;
}
