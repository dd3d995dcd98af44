/** The cells of one open notebook: finding them, and changing them without getting in anybody's way. */

import {
  CodeCell,
  type ICellModel,
  type ICodeCellModel,
  isCodeCellModel,
  MarkdownCell
} from '@jupyterlab/cells';
import { type Notebook, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { aboutOf, keptFrom, orderOf } from './about';
import type { AboutCell } from './protocol';
import { showThought } from './thoughts';

/** Tells when windows on a shared notebook come and go. */
interface Awareness {
  on(event: 'change', act: () => void): void;
  off(event: 'change', act: () => void): void;
}

export class CellBook {
  /**
   * @param _view - A view of the notebook; there may be several, and any of them may be closed.
   */
  constructor(private readonly _view: () => NotebookPanel) {}

  get models(): ICellModel[] {
    return Array.from(this._notebook.model?.cells ?? []);
  }

  get shared(): NonNullable<Notebook['model']>['sharedModel'] {
    return this._notebook.model!.sharedModel;
  }

  /** Whether all windows on the notebook share its cells already. */
  get isCollaborative(): boolean {
    return this._notebook.model?.collaborative ?? false;
  }

  /** Call `act` when windows on the notebook came or went; returns what ends that. */
  onWindowsChange(act: () => void): () => void {
    const awareness = this.isCollaborative ? this._awareness : undefined;
    awareness?.on('change', act);
    return () => awareness?.off('change', act);
  }

  get isOpen(): boolean {
    return !this._view().isDisposed && this._notebook.model !== null;
  }

  // -- finding ----------------------------------------------------------------------------

  index(id: string): number {
    return this.models.findIndex(model => model.id === id);
  }

  model(id: string): ICellModel | null {
    return this.models.find(model => model.id === id) ?? null;
  }

  code(id: string): ICodeCellModel | null {
    const model = this.model(id);
    return model !== null && isCodeCellModel(model) ? model : null;
  }

  widget(id: string): CodeCell | null {
    const widget = this._notebook.widgets.find(cell => cell.model.id === id);
    return widget instanceof CodeCell ? widget : null;
  }

  ofRun(run: string): ICellModel[] {
    return this.models.filter(model => aboutOf(model)?.run === run);
  }

  ofOwner(owner: string): ICellModel[] {
    return this.models.filter(model => aboutOf(model)?.owner === owner);
  }

  /**
   * Whether a run was asked in this notebook, and not in another one with the same kernel, as far
   * as other cells than `besides` tell.
   */
  holds(run: string, owner: string, besides?: ICellModel): boolean {
    return this.index(owner) >= 0 || this.ofRun(run).some(model => model !== besides);
  }

  /** Whether a cell is executed by this page, as the request `message`. */
  executes(id: string, message: string): boolean {
    const future = this.widget(id)?.outputArea.future;
    return future?.msg.header.msg_id === message && !future.isDisposed;
  }

  /** After the cells of the run that come before it; else below the cell it began in. */
  placeFor(about: AboutCell, executing = ''): number {
    const models = this.models;
    const isEarlier = (model: ICellModel): boolean => {
      const other = aboutOf(model);
      return other?.run === about.run && orderOf(other) <= orderOf(about);
    };
    const before = models.findLastIndex(isEarlier);
    if (before >= 0) {
      return Math.max(before, this.index(executing)) + 1;
    }
    const later = models.findIndex(model => aboutOf(model)?.run === about.run);
    if (later >= 0) {
      return later;
    }
    const owner = this.index(about.owner ?? '');
    const kept = models.findLastIndex(
      (model, index) => index > owner && keptFrom(model) === about.owner
    );
    const after = Math.max(owner, kept);
    const place = after >= 0 ? after : this.index(executing);
    return place >= 0 ? place + 1 : models.length;
  }

  // -- changing ---------------------------------------------------------------------------

  /** Fold a cell that came into a section that is collapsed, as those that were there. */
  foldWithSection(index: number): void {
    const above = this._notebook.widgets.slice(0, index);
    const heading = above.findLast(
      other => other instanceof MarkdownCell && other.headingCollapsed && !other.isHidden
    );
    if (heading !== undefined) {
      NotebookActions.setHeadingCollapse(heading, true, this._notebook);
    }
  }

  /** Make a change that is not undone by itself. */
  untracked(change: () => void): void {
    this.shared.transact(change, false);
  }

  /**
   * Make a change that another window saves: what had nothing to be saved still has not.
   * Returns whether there was something to be saved of it.
   */
  quietly(change: () => void): boolean {
    const model = this._notebook.model!;
    const wasDirty = model.dirty;
    change();
    const isChanged = !wasDirty && model.dirty;
    if (isChanged) {
      model.dirty = false;
    }
    return isChanged;
  }

  /** There is something to be saved. */
  touch(): void {
    this._notebook.model!.dirty = true;
  }

  write(id: string, source: string): void {
    const model = this.model(id);
    if (model !== null && model.sharedModel.getSource() !== source) {
      this.untracked(() => model.sharedModel.setSource(source));
      void showThought(this._notebook.widgets.find(cell => cell.model === model));
    }
  }

  remove(ids: readonly string[], isUndoable: boolean): void {
    const places = ids.map(id => this.index(id)).filter(index => index >= 0);
    // From the end: within a transaction nobody tells which places have moved.
    const fromTheEnd = places.sort((one, other) => other - one);
    const next = this._stillThereWithout(ids);
    const hadFocus = this._notebook.node.contains(document.activeElement);
    this.shared.transact(
      () => fromTheEnd.forEach(index => this.shared.deleteCell(index)),
      isUndoable
    );
    if (next !== undefined && fromTheEnd.length > 0) {
      this._notebook.activeCellIndex = this.index(next);
      if (hadFocus && !this._notebook.node.contains(document.activeElement)) {
        this._notebook.activate(); // it was in a cell that is gone
      }
    }
  }

  /** The active cell; where it goes away, the one below: so that who walks down never walks up again. */
  private _stillThereWithout(ids: readonly string[]): string | undefined {
    const models = this.models;
    const active = this._notebook.activeCellIndex;
    const stays = (model: ICellModel): boolean => !ids.includes(model.id);
    return (models.slice(active).find(stays) ?? models.slice(0, active).findLast(stays))?.id;
  }

  private get _awareness(): Awareness | undefined {
    return (this._notebook.model?.sharedModel as { awareness?: Awareness } | undefined)?.awareness;
  }

  private get _notebook(): Notebook {
    return this._view().content;
  }
}
