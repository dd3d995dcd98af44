/** A thought is shown while it is written; by itself a cell waits until nobody has written for a second. */

import { type Cell, MarkdownCell } from '@jupyterlab/cells';
import { MimeModel } from '@jupyterlab/rendermime';

const beingShown = new WeakSet<Cell>();

/** Show what a cell of markdown says by now, if it is one that shows. */
export async function showThought(cell: Cell | undefined): Promise<void> {
  const shows = cell instanceof MarkdownCell && cell.rendered && !cell.isPlaceholder();
  if (!shows || beingShown.has(cell)) {
    return; // what it misses it shows with the next words, or by itself after the last
  }
  const data = { 'text/markdown': cell.model.sharedModel.getSource() };
  beingShown.add(cell);
  try {
    await cell.renderer.renderModel(new MimeModel({ data }));
  } finally {
    beingShown.delete(cell);
  }
}
