/** Where a person begins: a cell, or a notebook, with a question to be written. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { ICell } from '@jupyterlab/nbformat';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import { aboutOf, runShownBy } from './about';
import { fileContext, LOAD, questionSource } from './question';
import type { INotebooks } from './tokens';

/** The kernel that has the extension loaded. */
const EQUIPPED = 'rlm';

export class Starter {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _tracker: INotebookTracker,
    private readonly _notebooks: INotebooks
  ) {}

  /** Make a notebook in a folder, with a question to be written about some of its contexts. */
  async newNotebook(folder: string, contexts: readonly string[] = []): Promise<void> {
    const { contents } = this._app.serviceManager;
    const kernel = await this._kernel();
    const sources = this._sources(contexts, kernel?.name === EQUIPPED);
    const { path } = await contents.newUntitled({ path: folder, type: 'notebook' });
    const content = notebookOf(sources, kernel);
    await contents.save(path, { type: 'notebook', format: 'json', content });
    const opened: unknown = await this._app.commands.execute('docmanager:open', {
      path,
      factory: 'Notebook'
    });
    if (opened instanceof NotebookPanel) {
      await opened.context.ready;
      await edit(opened, sources.length - 1);
    } // else it is open in a window of its own
  }

  /** Put a cell with a question to be written below the active cell of the current notebook. */
  async ask(contexts: readonly string[] = []): Promise<void> {
    const panel = this._tracker.currentWidget;
    const shared = panel?.content.model?.sharedModel;
    if (!panel || !shared) {
      return;
    }
    const sources = this._sources(contexts, this._isEquipped(panel));
    const { index, replaces } = this._place(panel);
    shared.transact(() => {
      shared.insertCells(
        index,
        sources.map(source => ({ cell_type: 'code', source }))
      );
      if (replaces) {
        shared.deleteCell(index + sources.length);
      }
    });
    this._app.shell.activateById(panel.id);
    await edit(panel, index + sources.length - 1);
  }

  /** Ask about files: in the current notebook, or in a new one beside the first of them. */
  async askAboutFiles(files: readonly string[]): Promise<void> {
    const { contents } = this._app.serviceManager;
    const panel = this._tracker.currentWidget;
    const local = files.map(file => contents.localPath(file));
    if (panel !== null && isPython(panel)) {
      const notebook = contents.localPath(panel.context.path);
      await this.ask(local.map(file => fileContext(file, notebook)));
    } else if (files[0] !== undefined) {
      const folder = PathExt.dirname(files[0]);
      const beside = PathExt.join(contents.localPath(folder), 'notebook');
      await this.newNotebook(
        folder,
        local.map(file => fileContext(file, beside))
      );
    }
  }

  private _sources(contexts: readonly string[], isEquipped: boolean): string[] {
    return [...(isEquipped ? [] : [LOAD]), questionSource(contexts)];
  }

  /** Whether `%%rlm` is known in a notebook, or one of its cells brings it. */
  private _isEquipped(panel: NotebookPanel): boolean {
    const cells = Array.from(panel.content.model?.cells ?? []);
    return (
      panel.sessionContext.session?.kernel?.name === EQUIPPED ||
      this._notebooks.of(panel)?.link?.isGreeted === true ||
      cells.some(cell => cell.sharedModel.getSource().includes(LOAD))
    );
  }

  /** Where a new cell stands: in the place of an empty one, below a run's cells, or below the active one. */
  private _place(panel: NotebookPanel): { index: number; replaces: boolean } {
    const { activeCell, activeCellIndex } = panel.content;
    if (activeCell === null) {
      return { index: 0, replaces: false };
    }
    const run = aboutOf(activeCell.model)?.run ?? runShownBy(activeCell.model);
    const below = run === undefined ? undefined : this._notebooks.of(panel)?.placeBelow(run);
    const isEmpty = activeCell.model.sharedModel.getSource().trim() === '';
    return isEmpty
      ? { index: activeCellIndex, replaces: true }
      : { index: below ?? activeCellIndex + 1, replaces: false };
  }

  /** The kernel with the extension, else the server's own choice, if that speaks Python. */
  private async _kernel(): Promise<KernelSpec.ISpecModel | undefined> {
    const manager = this._app.serviceManager.kernelspecs;
    await manager.ready;
    const specs = manager.specs?.kernelspecs ?? {};
    const byDefault = specs[manager.specs?.default ?? ''];
    return specs[EQUIPPED] ?? (byDefault?.language === 'python' ? byDefault : undefined);
  }
}

/** A notebook that nobody has told its language yet may well be Python's. */
function isPython(panel: NotebookPanel): boolean {
  return ['', 'python'].includes(panel.content.model?.defaultKernelLanguage ?? '');
}

/** Make a cell the active one, with the cursor at its end. */
async function edit(panel: NotebookPanel, index: number): Promise<void> {
  await panel.revealed;
  const { content } = panel;
  content.deselectAll();
  content.activeCellIndex = index;
  await content.scrollToItem(index, 'smart');
  const cell = content.activeCell;
  await cell?.ready;
  content.mode = 'edit';
  cell?.editor?.setCursorPosition({ line: cell.editor.lineCount - 1, column: 0 });
  cell?.editor?.focus();
}

function notebookOf(
  sources: readonly string[],
  kernel: KernelSpec.ISpecModel | undefined
): Record<string, unknown> {
  const cells = sources.map((source): ICell => ({
    id: UUID.uuid4(),
    cell_type: 'code',
    source,
    metadata: {},
    outputs: [],
    execution_count: null
  }));
  const kernelspec = kernel && {
    name: kernel.name,
    display_name: kernel.display_name,
    language: kernel.language
  };
  return { cells, metadata: kernelspec ? { kernelspec } : {}, nbformat: 4, nbformat_minor: 5 };
}
