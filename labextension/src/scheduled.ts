/** The cells of a notebook that were run and have not ended, wherever they are executed. */

import type { Cell } from '@jupyterlab/cells';
import { type Notebook, NotebookActions } from '@jupyterlab/notebook';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

interface Scheduled {
  readonly cell: Cell;
  readonly code: string;
  /** What JupyterLab tells a kernel of a cell. */
  readonly about: JSONObject;
  isTaken: boolean;
}

export class ScheduledCells implements IDisposable {
  private _cells: Scheduled[] = [];
  private _isDisposed = false;

  /**
   * @param _isOurs - Whether a view is one of the notebook's.
   */
  constructor(private readonly _isOurs: (view: Notebook) => boolean) {
    NotebookActions.executionScheduled.connect(this._add, this);
    NotebookActions.executed.connect(this._remove, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    NotebookActions.executionScheduled.disconnect(this._add, this);
    NotebookActions.executed.disconnect(this._remove, this);
    this._cells = [];
  }

  /** What there is to say of the cell whose turn it is to be executed; each is told once. */
  take(code: string): JSONObject | null {
    const next = this._cells.find(scheduled => !scheduled.isTaken && scheduled.code === code);
    if (next === undefined) {
      return null;
    }
    next.isTaken = true;
    return next.about;
  }

  private _add(_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }): void {
    if (this._isOurs(notebook)) {
      const rlm = cell.model.getMetadata('rlm') as JSONObject | undefined;
      const about = { cellId: cell.model.id, scheduled: new Date().toISOString() };
      this._cells.push({
        cell,
        code: cell.model.sharedModel.getSource(),
        about: rlm === undefined ? about : { ...about, rlm },
        isTaken: false
      });
    }
  }

  private _remove(_: unknown, { cell }: { cell: Cell }): void {
    const index = this._cells.findIndex(scheduled => scheduled.cell === cell);
    if (index >= 0) {
      this._cells.splice(index, 1);
    }
  }
}
