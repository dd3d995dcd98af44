/** Where in a notebook the cells of a run are. */

import type { Notebook } from '@jupyterlab/notebook';
import { aboutOf } from './about';
import { ROOT } from './model/spans';
import type { AboutCell } from './protocol';

/** The place below the last cell of a run, or at the end of the notebook. */
export function placeBelow(notebook: Notebook, run: string): number {
  const cells = Array.from(notebook.model?.cells ?? []);
  const last = cells.findLastIndex(cell => aboutOf(cell)?.run === run);
  return last < 0 ? cells.length : last + 1;
}

/** The place of the cell that a span is about, or -1; the run itself is about the one that asked. */
export function placeOf(notebook: Notebook, run: string, span: string): number {
  const cells = notebook.widgets;
  const abouts = cells.map(cell => aboutOf(cell.model));
  if (span === ROOT) {
    const owner = abouts.find(about => about?.run === run)?.owner;
    return cells.findIndex(cell => cell.model.id === owner);
  }
  return abouts.findIndex(about => about?.run === run && isWithin(span, about));
}

/** Whether a span is that of a cell or of what the cell did; a step's, and its reply's, is its first cell. */
function isWithin(span: string, { step, cell }: AboutCell): boolean {
  const [own, of] = [`${ROOT}/${step}.${cell ?? 0}`, `${ROOT}/${step}`];
  return [own, of].includes(span) || [`${own}/`, `${of}/q`].some(start => span.startsWith(start));
}
