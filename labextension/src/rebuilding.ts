/** A run's cells made of its record, where a window was not there all the time. */

import { type ICellModel, type ICodeCellModel, isCodeCellModel } from '@jupyterlab/cells';
import type { ICell, ICodeCell, IOutput } from '@jupyterlab/nbformat';
import {
  aboutOf,
  aboutRecorded,
  describe,
  giveToUser,
  isEdited,
  isFinished,
  isProposed,
  orderOf
} from './about';
import type { CellBook } from './book';
import { cardIn, cardOf, replaceCard } from './cards';
import type { OutputRoutes } from './outputs';
import type { AboutCell, OwnerRecord, RunningCell, RunRecord } from './protocol';

const ASKS = /^\s*%%?rlm\b/m;

export class Rebuilding {
  /** The cells that were in the notebook while this window had it; what is gone, somebody deleted. */
  private readonly _known = new Set<string>();
  /** By run, up to where the notebook had its cells when it was opened. */
  private readonly _saved = new Map<string, number>();

  constructor(
    private readonly _book: CellBook,
    private readonly _outputs: OutputRoutes
  ) {}

  /** A cell is in the notebook now. */
  note(id: string): void {
    this._known.add(id);
  }

  knows(id: string): boolean {
    return this._known.has(id);
  }

  /** Insert what the notebook lacks of a run's cells, and nobody has deleted. */
  insertLost(run: string, record: RunRecord): void {
    const saved = this._savedOf(run);
    for (const cell of record.cells) {
      const id = cell.id as string;
      const isLost = orderOf(aboutRecorded(cell)) > saved && !this._known.has(id);
      if (isLost && this._book.index(id) < 0) {
        this._insert(cell, record.owner?.id);
      }
    }
  }

  /** Bring the cells that are there to what has become of them. */
  complete(run: string, record: RunRecord, isQuiet: boolean): void {
    record.cells.forEach(cell => this._complete(cell));
    if (record.running !== null) {
      this._join(record.running, record, isQuiet);
    } else if (record.state !== 'running') {
      this._removeWhatDidNotRun(run, record);
    }
    if (record.owner !== null) {
      this._completeOwner(run, record.owner, record);
    }
  }

  // -- cells ------------------------------------------------------------------------------

  private _savedOf(run: string): number {
    let saved = this._saved.get(run);
    if (saved === undefined) {
      const orders = this._book.ofRun(run).map(model => orderOf(aboutOf(model)!));
      saved = orders.length === 0 && this._holdsTheEndOf(run) ? Infinity : Math.max(-1, ...orders);
      this._saved.set(run, saved);
    }
    return saved;
  }

  /** Whether the run was over when the notebook was saved: then it has no cells because somebody deleted them. */
  private _holdsTheEndOf(run: string): boolean {
    return this._book.models.some(model => cardOf(model, run) === 'whole');
  }

  private _insert(cell: ICell, executing: string | undefined): void {
    const index = this._book.placeFor(aboutRecorded(cell), executing);
    this._book.untracked(() => this._book.shared.insertCell(index, cell));
    this._book.foldWithSection(index);
    this.note(cell.id as string);
    const model = this._book.model(cell.id as string);
    if (model === null) {
      return;
    }
    model.trusted = true; // its outputs are what this user's kernel made
    if (isFinished(cell) || isProposed(aboutRecorded(cell))) {
      this._describe(model, cell);
    }
  }

  /** A cell that was begun here, and ended when this window was away. */
  private _complete(cell: ICell): void {
    const model = this._book.model(cell.id as string);
    const about = model && aboutOf(model);
    const isMarked = about?.interrupted === 'kernel died'; // by this window, or by the record
    const isDone = about?.digest !== undefined && !isProposed(about) && !isMarked;
    if (!model || !about || isDone || !isFinished(cell)) {
      return;
    }
    if (isCodeCellModel(model) && !keepsOutputs(model, cell)) {
      if (!this._outputs.hasAll(model.id)) {
        model.trusted = true;
        model.outputs.fromJSON((cell as ICodeCell).outputs);
      }
      model.executionState = 'idle';
      model.executionCount = (cell as ICodeCell).execution_count;
    }
    this._describe(model, cell);
  }

  private _describe(model: ICellModel, cell: ICell): void {
    const recorded = aboutRecorded(cell);
    // A kernel that has brought the run back knows only the cell that it was resumed in.
    const owner = aboutOf(model)?.owner ?? recorded.owner;
    const about = { ...recorded, ...(owner === undefined ? {} : { owner }) };
    this._book.untracked(() => describe(model, about, String(cell.source)));
  }

  private _join({ id, message }: RunningCell, { cells }: RunRecord, isQuiet: boolean): void {
    const model = this._book.code(id);
    // The record may come after the word that the cell has ended, which another channel brings.
    if (model !== null && !this._outputs.hasEnded(message)) {
      const shown = cells.find(cell => cell.id === id) as ICodeCell | undefined;
      this._outputs.join(id, message, shown?.outputs ?? [], isQuiet);
      model.trusted = true;
      model.executionState = 'running';
    }
  }

  private _removeWhatDidNotRun(run: string, record: RunRecord): void {
    const recorded = new Set([...record.cells, ...record.written].map(cell => cell.id));
    const leftOver = this._book
      .ofRun(run)
      .filter(model => didNotRun(aboutOf(model)) && !recorded.has(model.id));
    const edited = leftOver.filter(isEdited);
    this._book.untracked(() => edited.forEach(giveToUser));
    this._book.remove(
      leftOver.filter(model => !edited.includes(model)).map(model => model.id),
      false
    );
  }

  // -- the cell that asked ----------------------------------------------------------------

  /** Whether the notebook was saved when a run was over, with the last of its cells. */
  private _wasSavedWhole(run: string, { state, cells }: RunRecord): boolean {
    const last = cells.at(-1);
    return (
      (state === 'finished' || state === 'stopped') &&
      last !== undefined &&
      !this._known.has(last.id as string) &&
      orderOf(aboutRecorded(last)) <= this._savedOf(run)
    );
  }

  /** Show the run in the cell under which it runs, unless that gets its outputs by itself. */
  private _completeOwner(run: string, owner: OwnerRecord, record: RunRecord): void {
    const isRunning = record.state === 'running';
    const model = this._book.code(owner.id);
    const card = model && cardOf(model, run);
    if (!model || card === 'whole' || !ASKS.test(model.sharedModel.getSource())) {
      return;
    }
    if (card === 'none' && this._wasSavedWhole(run, record)) {
      return; // somebody has cleared what it showed
    }
    if (this._book.executes(owner.id, owner.message)) {
      if (!isRunning) {
        completeCard(model, run, owner.outputs); // of a cell that was moved nobody knows the displays
      }
      return;
    }
    if (owner.served && this._book.isCollaborative) {
      if (!isRunning) {
        onceExecuted(model, () => completeCard(model, run, owner.outputs));
      }
      return;
    }
    if (!isRunning || card === 'none') {
      model.trusted = true;
      model.outputs.fromJSON([...owner.outputs]);
    }
    model.executionState = isRunning ? 'running' : 'idle';
    model.executionCount = isRunning ? null : owner.count;
  }
}

/** Act when the server that executes a cell has put all that it shows into it, and its number. */
function onceExecuted(model: ICodeCellModel, act: () => void): void {
  const look = (): void => {
    if (model.executionCount !== null) {
      model.sharedModel.changed.disconnect(look);
      act();
    }
  };
  model.sharedModel.changed.connect(look);
  look();
}

/** Put the run's whole copy into the place of its live card: servers leave out what becomes of a display later. */
function completeCard(model: ICodeCellModel, run: string, outputs: readonly IOutput[]): void {
  const whole = outputs.find(output => cardIn(output, run) === 'whole');
  if (whole !== undefined) {
    replaceCard(model, output => cardIn(output, run) === 'live', whole);
  }
}

/** What a cell showed until its kernel died is in the notebook alone; the user may have run it since. */
function keepsOutputs(model: ICodeCellModel, cell: ICell): boolean {
  const isMarked = aboutOf(model)?.interrupted === 'kernel died';
  return (
    aboutRecorded(cell).interrupted === 'kernel died' || (isMarked && model.executionCount !== null)
  );
}

function didNotRun(about: AboutCell | undefined): boolean {
  return about?.digest === undefined || isProposed(about);
}
