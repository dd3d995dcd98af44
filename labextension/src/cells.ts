/** A model's cells in an open notebook: inserted, written, run and taken away as the kernel says. */

import type { ICell } from '@jupyterlab/nbformat';
import { CodeCell, ICellModel, ICodeCellModel, isCodeCellModel } from '@jupyterlab/cells';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type {
  IExecuteReplyMsg,
  IExecuteRequestMsg
} from '@jupyterlab/services/lib/kernel/messages';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { aboutOf, giveToUser, isEdited, keptFrom, stepOf } from './about';
import { digest } from './digest';
import type { KernelLink } from './link';
import { UndoGroups } from './undo';
import type {
  AboutCell,
  CellMetadata,
  CellOperation,
  DoneCell,
  PutCell,
  RunningCell
} from './protocol';
import { TRAJECTORY_MIME } from './protocol';

type CellFuture = Kernel.IShellFuture<IExecuteRequestMsg, IExecuteReplyMsg>;

export class CellWriter implements IDisposable {
  private readonly _futures = new Map<string, Kernel.IShellFuture>();
  private readonly _undo = new UndoGroups();
  private _isDisposed = false;

  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _link: KernelLink
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Do what the kernel says, if it says it to this front end. */
  apply(operation: CellOperation): void {
    if (operation.host !== this._link.kernel.clientId || this._panel.isDisposed) {
      return;
    }
    switch (operation.op) {
      case 'begin':
        return this._replaceEarlier(operation.owner);
      case 'put':
        return this._put(operation);
      case 'run':
        return this._run(operation.id);
      case 'done':
        return this._finish(operation);
      case 'drop':
        return this._remove([operation.id], false);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    for (const future of this._futures.values()) {
      future.dispose();
    }
    this._futures.clear();
  }

  /** After a reload: insert what the notebook lacks of a run's cells, as they were recorded. */
  rebuild(run: string, cells: readonly ICell[], running: RunningCell | null): void {
    const lost = running === null ? this._afterWhatWasSaved(run, cells) : cells;
    for (const cell of lost) {
      if (typeof cell.id === 'string' && this._index(cell.id) < 0) {
        this._insertRecorded(cell);
      }
    }
    if (running !== null) {
      this._attach(running.id, running.message);
      this._run(running.id);
    }
  }

  /** The kernel is gone: nothing runs any more. */
  standStill(): void {
    for (const model of this._models) {
      if (aboutOf(model) !== undefined && isCodeCellModel(model)) {
        model.executionState = 'idle';
      }
    }
  }

  // -- a step, from its first word to its last output ------------------------------------

  private _put(cell: PutCell): void {
    if (this._index(cell.id) < 0) {
      this._insert(cell);
    } else {
      this._write(cell.id, cell.source);
    }
    if (cell.message !== null) {
      this._attach(cell.id, cell.message);
    }
  }

  private _insert(cell: PutCell): void {
    const shared = this._shared;
    const { run, step } = cell.metadata.rlm;
    const index = this._placeFor(cell.metadata.rlm, cell.after);
    this._undo.in(`${run}/${step}`, shared, () =>
      shared.insertCell(index, {
        id: cell.id,
        cell_type: cell.type,
        source: cell.source,
        metadata: cell.metadata as never
      })
    );
  }

  private _run(id: string): void {
    const model = this._codeModel(id);
    if (model !== null) {
      model.trusted = true; // as any cell that the user's kernel runs
      model.executionState = 'running';
    }
  }

  private _finish(done: DoneCell): void {
    this._write(done.id, done.source);
    const model = this._model(done.id);
    if (model === null) {
      return;
    }
    this._describe(model, done.metadata);
    if (isCodeCellModel(model)) {
      model.executionState = 'idle';
      model.executionCount = done.count ?? null;
    }
  }

  private _describe(model: ICellModel, metadata: CellMetadata): void {
    const about = { ...metadata.rlm, digest: digest(model.sharedModel.getSource()) };
    this._untracked(() => model.setMetadata('rlm', about));
  }

  private _write(id: string, source: string): void {
    const model = this._model(id);
    if (model !== null && model.sharedModel.getSource() !== source) {
      this._untracked(() => model.sharedModel.setSource(source));
    }
  }

  // -- outputs --------------------------------------------------------------------------

  /** Let what the kernel publishes under `message` be the outputs of the cell. */
  private _attach(id: string, message: string): void {
    const cell = this._codeWidget(id);
    if (this._futures.has(message) || cell === null) {
      return;
    }
    const future = this._link.attach(message);
    this._futures.set(message, future);
    cell.outputArea.future = future as CellFuture;
  }

  // -- a run that went on without this page ------------------------------------------------

  /**
   * The cells of the steps that came after the notebook was saved. What is missing of earlier
   * ones, or of a run whose end was saved, somebody has deleted.
   */
  private _afterWhatWasSaved(run: string, cells: readonly ICell[]): readonly ICell[] {
    const saved = this._models.map(aboutOf).filter(about => about?.run === run);
    if (saved.length === 0 && this._holdsTheEndOf(run)) {
      return [];
    }
    const last = Math.max(0, ...saved.map(about => about!.step));
    return cells.filter(cell => stepOf(cell) > last);
  }

  private _holdsTheEndOf(run: string): boolean {
    return this._models.some(
      model =>
        isCodeCellModel(model) &&
        model.outputs.toJSON().some(output => {
          const copy = (output['data'] as Record<string, unknown> | undefined)?.[TRAJECTORY_MIME];
          const { run: of, events } = (copy ?? {}) as { run?: string; events?: unknown[] };
          return of === run && (events?.length ?? 0) > 0;
        })
    );
  }

  private _insertRecorded(cell: ICell): void {
    const index = this._placeFor(cell.metadata['rlm'] as unknown as AboutCell);
    this._untracked(() => this._shared.insertCell(index, cell));
    const model = this._model(cell.id as string);
    if (model !== null && isCodeCellModel(model)) {
      model.trusted = true; // its outputs are what this user's kernel made
    }
  }

  // -- a run that is asked again ----------------------------------------------------------

  /** Take away the cells of the owner's earlier run; those that were edited stay as the user's. */
  private _replaceEarlier(owner: string): void {
    const earlier = this._ofOwner(owner);
    const edited = earlier.filter(isEdited);
    this._untracked(() => edited.forEach(giveToUser));
    this._remove(
      earlier.filter(model => !edited.includes(model)).map(model => model.id),
      true
    );
  }

  private _remove(ids: readonly string[], isUndoable: boolean): void {
    const shared = this._shared;
    const places = ids.map(id => this._index(id)).filter(index => index >= 0);
    // From the end: within a transaction nobody tells which places have moved.
    const fromTheEnd = places.sort((one, other) => other - one);
    shared.transact(() => fromTheEnd.forEach(index => shared.deleteCell(index)), isUndoable);
  }

  // -- finding one's way ------------------------------------------------------------------

  /** After the run's cells, in the order of its steps; else below its `%%rlm` cell. */
  private _placeFor(about: AboutCell, running = ''): number {
    const mine = (model: ICellModel): boolean => aboutOf(model)?.run === about.run;
    const before = this._models.findLastIndex(mine);
    if (before >= 0) {
      return Math.max(before, this._index(running)) + 1;
    }
    const owner = this._index(about.owner ?? '');
    const kept = this._models.findLastIndex(
      (model, index) => index > owner && keptFrom(model) === about.owner
    );
    const after = Math.max(owner, kept);
    return after >= 0 ? after + 1 : this._models.length;
  }

  private _ofOwner(owner: string): ICellModel[] {
    return this._models.filter(model => aboutOf(model)?.owner === owner);
  }

  private get _models(): ICellModel[] {
    return Array.from(this._panel.content.model?.cells ?? []);
  }

  private _index(id: string): number {
    return this._models.findIndex(model => model.id === id);
  }

  private _model(id: string): ICellModel | null {
    return this._models.find(model => model.id === id) ?? null;
  }

  private _codeModel(id: string): ICodeCellModel | null {
    const model = this._model(id);
    return model !== null && isCodeCellModel(model) ? model : null;
  }

  private _codeWidget(id: string): CodeCell | null {
    const widget = this._notebook.widgets.find(cell => cell.model.id === id);
    return widget instanceof CodeCell ? widget : null;
  }

  private get _notebook(): Notebook {
    return this._panel.content;
  }

  private get _shared(): NonNullable<Notebook['model']>['sharedModel'] {
    return this._notebook.model!.sharedModel;
  }

  private _untracked(change: () => void): void {
    this._shared.transact(change, false);
  }
}
