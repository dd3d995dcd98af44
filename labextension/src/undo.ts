/** One undo takes back a whole step, although its cells come one after the other. */

interface UndoManager {
  readonly undoStack: readonly unknown[];
  lastChange: number;
  stopCapturing(): void;
}

interface Shared {
  transact(change: () => void): void;
}

export class UndoGroups {
  private _group = '';
  private _top: unknown = undefined;

  /** Make a change that is undone together with the others of its group. */
  in(group: string, shared: Shared, change: () => void): void {
    const undo = (shared as Partial<{ undoManager: UndoManager }>).undoManager;
    if (undo === undefined) {
      shared.transact(change);
      return;
    }
    // Yjs puts a change into the entry before it when that was a moment ago, and nobody's since.
    if (group === this._group && undo.undoStack.at(-1) === this._top) {
      undo.lastChange = Date.now();
    } else {
      undo.stopCapturing();
    }
    shared.transact(change);
    undo.stopCapturing(); // what the user types next is an entry of its own
    this._group = group;
    this._top = undo.undoStack.at(-1);
  }
}
