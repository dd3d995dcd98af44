/** A model's cells in an open notebook: inserted, written, run and taken away as the kernel says. */

import { type ICellModel, isCodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { aboutOf, describe, giveToUser, isEdited } from './about';
import { CellBook } from './book';
import { cardIn, cellWithLiveCard, replaceCard, showing } from './cards';
import { Hosting } from './hosting';
import type { KernelLink } from './link';
import { OutputRoutes } from './outputs';
import type {
  AboutCell,
  CellOperation,
  DoneCell,
  HandOn,
  HeldRun,
  PutCell,
  RunRecord
} from './protocol';
import { Rebuilding } from './rebuilding';
import { UndoGroups } from './undo';
import { WaitingCells } from './waiting';

export class CellWriter implements IDisposable {
  private readonly _book: CellBook;
  private readonly _outputs: OutputRoutes;
  private readonly _rebuilding: Rebuilding;
  private readonly _undo = new UndoGroups();
  private readonly _hosting: Hosting;
  private readonly _waiting: WaitingCells;
  /** The runs that this window has asked, and followed from their first word. */
  private readonly _followed = new Set<string>();
  private readonly _stop: () => void;
  private _isDisposed = false;

  /**
   * @param view - A view of the notebook.
   * @param link - The line to its kernel.
   * @param _askAgain - Asks for the record of a run, because something of it is not here.
   */
  constructor(
    view: () => NotebookPanel,
    link: KernelLink,
    private readonly _askAgain: (run: string) => void
  ) {
    this._book = new CellBook(view);
    this._outputs = new OutputRoutes(this._book, link);
    this._rebuilding = new Rebuilding(this._book, this._outputs);
    this._hosting = new Hosting(this._book, link);
    this._waiting = new WaitingCells(this._book, this._outputs, link);
    this._stop = this._book.onWindowsChange(() => link.tellWindows());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._stop();
    this._outputs.dispose();
  }

  /**
   * A run stands still: see to it that its card has all of it. It comes by itself where the run
   * was asked here, unless its cell was moved or cut meanwhile.
   */
  completeCard(run: string): void {
    if (!this._followed.has(run)) {
      this._askAgain(run);
      return;
    }
    const askWhereLive = (): void => {
      if (!this._isDisposed && this._book.isOpen && cellWithLiveCard(this._book.models, run)) {
        this._askAgain(run);
      }
    };
    const cell = cellWithLiveCard(this._book.models, run);
    const future = cell && this._book.widget(cell.id)?.outputArea.future;
    void Promise.resolve(future?.done).then(askWhereLive, askWhereLive);
  }

  /** Do what the kernel says, if it concerns this window. */
  apply(run: string, operation: CellOperation): void {
    if (!this._book.isOpen || !this._hosting.concerns(run, operation)) {
      return;
    }
    const isTold = this._hosting.isTold(operation);
    if (isTold && this._hosting.takeOver(run) && operation.op !== 'begin') {
      this._askAgain(run); // for what the other window has not written
    }
    this._hosting.change(run, () => this._do(run, operation, isTold));
  }

  /** Make of the notebook what the kernel has recorded of a run. */
  rebuild(run: string, record: RunRecord): void {
    const isOthers = this._book.isCollaborative && !this._hosting.isHostOf(run);
    if (!this._book.isOpen || record.owner === null || isOthers) {
      return;
    }
    const [first] = record.cells;
    const owner = (first?.metadata['rlm'] as { owner?: string } | undefined)?.owner;
    if (!this._book.holds(run, owner ?? record.owner.id)) {
      return;
    }
    this._hosting.change(run, () => {
      this._rebuilding.insertLost(run, record);
      record.written.forEach(cell => this._put(cell));
      this._rebuilding.complete(run, record, !this._hosting.isHostOf(run));
    });
  }

  /** A view of the notebook was closed, and another one is there. */
  changeView(): void {
    this._followed.clear();
    this._outputs.renew();
  }

  /** The kernel is gone: nothing runs any more, and the cell that ran will not come to its end. */
  standStill(): void {
    for (const model of this._book.isOpen ? this._book.models : []) {
      const about = aboutOf(model);
      if (about === undefined || !isCodeCellModel(model)) {
        continue;
      }
      if (model.executionState === 'running' && about.digest === undefined) {
        this._hosting.change(about.run, () => this._markAsCutOff(model, about));
      }
      model.executionState = 'idle';
    }
  }

  /** Change what a run has left whose kernel is gone. */
  settle(run: string, change: () => void): void {
    this._hosting.settle(run, change);
  }

  /** Those of the runs whose cells, or whose question, this notebook has. */
  held(runs: readonly HeldRun[]): string[] {
    const isHeld = ({ run, owner }: HeldRun): boolean => this._book.holds(run, owner);
    return this._book.isOpen ? runs.filter(isHeld).map(({ run }) => run) : [];
  }

  private _markAsCutOff(model: ICellModel, about: AboutCell): void {
    const source = model.sharedModel.getSource();
    this._book.untracked(() => describe(model, { ...about, interrupted: 'kernel died' }, source));
  }

  /** Another window is the host: where cells are shared, it alone writes them. */
  private _handOver(run: string): void {
    this._hosting.handOver(run);
    this._followed.delete(run);
    if (this._book.isCollaborative) {
      this._book.ofRun(run).forEach(model => this._outputs.close(model.id));
    }
  }

  private _do(run: string, operation: CellOperation, isTold: boolean): void {
    switch (operation.op) {
      case 'begin':
        return this._begin(run, operation.owner, operation.message);
      case 'host':
        return isTold ? undefined : this._handOver(run);
      case 'leave':
        return this._takeAway(this._book.models.filter(({ id }) => operation.ids.includes(id)));
      case 'put':
        return this._put(operation);
      case 'run':
        return this._run(run, operation.id);
      case 'done':
        return this._finish(run, operation);
      case 'propose':
        return this._waiting.propose(operation);
      case 'stay':
        return this._waiting.stay(operation);
      case 'hand_on':
        return this._handOn(run, operation);
      case 'report':
        return isTold ? this._waiting.report(run) : undefined;
      case 'drop':
        return this._drop(operation.id);
    }
  }

  /** Of the cards of one run only the newest acts: the others say where it went on. */
  private _handOn(run: string, { id, card }: HandOn): void {
    for (const model of this._book.models) {
      if (model.id !== id && isCodeCellModel(model)) {
        replaceCard(model, output => cardIn(output, run) !== 'none', showing(card));
      }
    }
  }

  // -- a step, from its first word to its last output ------------------------------------

  private _begin(run: string, owner: string, message: string): void {
    this._takeAway(this._book.ofOwner(owner));
    if (this._book.executes(owner, message)) {
      this._followed.add(run);
    } else {
      this._askAgain(run); // for the card, which only the window that asked gets by itself
    }
  }

  private _put(cell: Omit<PutCell, 'op'>): void {
    const there = this._book.model(cell.id);
    if (there === null) {
      this._insert(cell);
    } else if (isEdited(there) && there.sharedModel.getSource() !== cell.source) {
      return this._outputs.passOver(cell.message); // it is the user's, whatever the run repeats
    } else {
      this._book.write(cell.id, cell.source);
      this._waiting.accept(cell);
    }
    if (cell.message !== null) {
      this._outputs.open(cell.id, cell.message, !this._hosting.isHostOf(cell.metadata.rlm.run));
    }
  }

  private _insert(cell: Omit<PutCell, 'op'>): void {
    const { shared } = this._book;
    const { run, step } = cell.metadata.rlm;
    // Also the first cell of a run that was resumed stands below the cell in which it was.
    const index = Math.max(
      this._book.placeFor(cell.metadata.rlm, cell.after),
      this._book.index(cell.after) + 1
    );
    this._rebuilding.note(cell.id);
    this._undo.in(`${run}/${step}`, shared, () =>
      shared.insertCell(index, {
        id: cell.id,
        cell_type: cell.type,
        source: cell.source,
        metadata: cell.metadata as never
      })
    );
    this._book.foldWithSection(index);
  }

  private _run(run: string, id: string): void {
    const model = this._book.code(id);
    if (model !== null) {
      model.trusted = true; // as any cell that the user's kernel runs
      model.executionState = 'running';
    } else if (!this._rebuilding.knows(id)) {
      this._askAgain(run);
    }
  }

  /** Take away a cell that did not run; what the user has made of it stays theirs. */
  private _drop(id: string): void {
    const model = this._book.model(id);
    if (model !== null && isEdited(model)) {
      this._book.untracked(() => giveToUser(model));
    } else {
      this._book.remove([id], false);
    }
  }

  private _finish(run: string, done: DoneCell): void {
    const model = this._book.model(done.id);
    if (model === null) {
      return;
    }
    this._outputs.end(done.id);
    if (done.byHand === true) {
      // It is all there.
    } else if (!isCodeCellModel(model)) {
      this._book.write(done.id, done.source);
    } else if (this._outputs.hasAll(done.id)) {
      model.executionState = 'idle';
      model.executionCount = done.count ?? null;
    } else {
      return this._askAgain(run); // somebody has moved it, or this window came later
    }
    // What a repeated cell cost is what the run has paid whose it is.
    const before = done.metadata.rlm.run === run ? {} : aboutOf(model);
    const about = { ...before, ...done.metadata.rlm };
    this._book.untracked(() => describe(model, about, done.source));
  }

  // -- a run that is asked again, or left by a branch -------------------------------------

  /** Take away cells of the model's; those that were edited stay as the user's. */
  private _takeAway(cells: readonly ICellModel[]): void {
    const edited = cells.filter(isEdited);
    this._book.untracked(() => edited.forEach(giveToUser));
    const replaced = cells.filter(model => !edited.includes(model));
    this._book.remove(
      replaced.map(model => model.id),
      true
    );
  }
}
