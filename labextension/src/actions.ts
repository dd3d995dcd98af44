/** What acts on a run from the page: the `%rlm` commands, or a control message while a cell runs. */

import { CodeCell, type ICellModel } from '@jupyterlab/cells';
import { aboutOf, describe, labelOf } from './about';
import type { NotebookRuns } from './notebook';
import type { RunModel } from './model';
import { raiseTyped } from './model/raising';
import { placeAfterStep, placeBelow, placeBelowAll } from './places';
import { quoted, word } from './words';

/** The commands by which a run goes on. */
export type GoOn = 'resume' | 'step' | 'accept' | 'skip';

/**
 * A run goes on, in a cell of its own below the run's cells and what the user ran since, which
 * says how it was asked: without its id where it is the latest, so that Run All repeats it.
 */
export async function goOn(
  notebook: NotebookRuns,
  run: RunModel,
  command: GoOn,
  hint = ''
): Promise<void> {
  const { isLatest, since } = await notebook.goingOn(run.id);
  const { content } = notebook.panel;
  // What the user did meanwhile stays above: the cells stand as they came.
  const place = Math.max(placeBelow(content, run.id), placeBelowAll(content, since));
  const name = isLatest ? '' : ` ${run.id}`;
  await runInCell(notebook, place, `%rlm ${command}${name}${raiseTyped(run)}${hintOf(hint)}`);
}

/**
 * A new run goes another way after a step, with room beyond a limit that was in the first one's way.
 *
 * @param edited - The cells of that step that are to run as they stand in the notebook.
 */
export async function branch(
  notebook: NotebookRuns,
  run: RunModel,
  step: number,
  edited: readonly ICellModel[],
  hint: string
): Promise<void> {
  let words = '';
  if (edited.length > 0) {
    const code = edited.map(cell => [labelOf(cell), cell.sharedModel.getSource()] as const);
    await notebook.link?.request('edit', {
      run: run.id,
      cells: Object.fromEntries(code) as Record<string, string>
    });
    words = ' --edited';
  }
  // What was edited becomes a cell of the new run; it stays the user's where none begins.
  const before = edited.map(cell => cell.getMetadata('rlm') as object);
  edited.forEach(cell => describe(cell, aboutOf(cell)!, cell.sharedModel.getSource()));
  const { isLatest } = await notebook.goingOn(run.id);
  const place = placeAfterStep(notebook.panel.content, run.id, step);
  const name = isLatest ? '' : ` ${run.id}`;
  const options = `${words}${raiseTyped(run)}${hintOf(hint)}`;
  await runInCell(notebook, place, `%rlm branch ${step}${name}${options}`);
  edited.forEach((cell, place) => cell.setMetadata('rlm', before[place]));
}

function hintOf(hint: string): string {
  return hint === '' ? '' : ` --hint ${quoted(hint)}`;
}

/** End a paused run for good. */
export async function stop(notebook: NotebookRuns, run: RunModel): Promise<void> {
  await execute(notebook, `%rlm stop ${run.id}`);
}

/** Pause at once: what the kernel's own interrupt does. */
export async function interrupt(notebook: NotebookRuns): Promise<void> {
  await notebook.panel.sessionContext.session?.kernel?.interrupt();
}

/** Pause when the step that runs is done; the kernel answers while it is busy. */
export async function pauseAfterStep(notebook: NotebookRuns, run: RunModel): Promise<void> {
  await notebook.link?.request('pause', { run: run.id });
}

/** Write a run as a notebook of its cells. */
export async function exportRun(
  notebook: NotebookRuns,
  run: RunModel,
  path: string
): Promise<void> {
  await execute(notebook, `%rlm export ${run.id} ${word(path)}`);
}

async function runInCell(notebook: NotebookRuns, index: number, source: string): Promise<void> {
  const { panel } = notebook;
  const shared = panel.content.model?.sharedModel;
  if (shared === undefined) {
    return;
  }
  shared.transact(() => shared.insertCell(index, { cell_type: 'code', source }));
  const cell = panel.content.widgets[index];
  // Whoever has pressed a button wants to see what comes of it; what is in view does not move.
  void panel.content.scrollToItem(index, 'smart').catch(() => undefined);
  if (cell instanceof CodeCell) {
    await executeCell(cell, notebook);
  }
}

/** How often a cell is sent again that was aborted. */
const AGAIN = 3;

/**
 * Execute a cell, also where the kernel aborts what comes right behind a cell that has just failed,
 * as the cell does in which a run has paused.
 */
async function executeCell(cell: CodeCell, { panel }: NotebookRuns): Promise<string> {
  for (let more = AGAIN; ; more -= 1) {
    const reply = await CodeCell.execute(cell, panel.sessionContext);
    const status = String(reply?.content.status ?? '');
    if (status !== 'aborted' || more === 0) {
      return status;
    }
  }
}

/** Run a line that shows nothing worth keeping; rejects with the kernel's sentence. */
async function execute(notebook: NotebookRuns, code: string): Promise<void> {
  const kernel = notebook.panel.sessionContext.session?.kernel;
  const future = kernel?.requestExecute({ code, store_history: false });
  let said = '';
  if (future) {
    future.onIOPub = message => {
      if (message.header.msg_type === 'stream') {
        said += (message.content as { text: string }).text;
      }
    };
  }
  const reply = await future?.done;
  if (reply?.content.status === 'error') {
    throw new Error(said || reply.content.evalue);
  }
}
