/** Where in a notebook the cells of a run are. */

import type { Notebook } from '@jupyterlab/notebook';
import { aboutOf, runShownBy } from './about';
import { originOf } from './model/origin';
import { ROOT, stepOf } from './model/spans';
import type { AboutCell } from './protocol';
import type { RunRegistry } from './registry';

/** The place below the last cell of a run, or that shows its card, or at the end of the notebook. */
export function placeBelow(notebook: Notebook, run: string): number {
  const cells = Array.from(notebook.model?.cells ?? []);
  const last = cells.findLastIndex(cell => aboutOf(cell)?.run === run || runShownBy(cell) === run);
  return last < 0 ? cells.length : last + 1;
}

/** The place below the cells that a run has of its steps up to one, or below the run. */
export function placeAfterStep(notebook: Notebook, run: string, step: number): number {
  const cells = Array.from(notebook.model?.cells ?? []);
  const last = cells.findLastIndex(cell => {
    const about = aboutOf(cell);
    return about?.run === run && about.step <= step;
  });
  return last < 0 ? placeBelow(notebook, run) : last + 1;
}

/** The place below all of the cells with these ids that are there, and the cells of the runs they show; 0 where none is. */
export function placeBelowAll(notebook: Notebook, ids: readonly string[]): number {
  const cells = Array.from(notebook.model?.cells ?? []);
  const named = cells.filter(cell => ids.includes(cell.id));
  const runs = named.map(runShownBy);
  return (
    cells.findLastIndex(cell => named.includes(cell) || runs.includes(aboutOf(cell)?.run ?? '')) + 1
  );
}

/**
 * The place of the cell that a span is about, or -1; the run itself is about the one that asked. Of
 * a step that a branch shares, that is the cell of the run it shares it with.
 */
export function placeOf(
  notebook: Notebook,
  run: string,
  span: string,
  runs: Pick<RunRegistry, 'get'>
): number {
  const cells = notebook.widgets.map(({ model }) => model);
  const abouts = cells.map(aboutOf);
  if (span === ROOT) {
    const owner = abouts.find(about => about?.run === run)?.owner;
    return cells.findIndex(cell => cell.id === owner || runShownBy(cell) === run);
  }
  const own = abouts.findIndex(about => about?.run === run && isWithin(span, about));
  const known = own < 0 ? runs.get(run) : undefined;
  const origin = known === undefined ? null : originOf(known);
  const isShared = origin !== null && stepOf(span) <= origin.step;
  return isShared ? placeOf(notebook, origin.run, span, runs) : own;
}

/** Whether a span is that of a cell or of what the cell did; a step's, and its reply's, is its first cell. */
function isWithin(span: string, { step, cell }: AboutCell): boolean {
  const [own, of] = [`${ROOT}/${step}.${cell ?? 0}`, `${ROOT}/${step}`];
  return [own, of].includes(span) || [`${own}/`, `${of}/q`].some(start => span.startsWith(start));
}
