/** From a cell of the notebook to its node of the run. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { aboutOf, runShownBy, spanOf } from './about';
import { ROOT } from './model/spans';

export const JUMP = 'rlm:show-in-trajectory';

/** A node of a run. */
interface Place {
  readonly run: string;
  readonly span: string;
}

/** The command that shows, in the side panel, what the active cell is of a run. */
export function addJumpCommand(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  trans: TranslationBundle,
  palette: ICommandPalette | null,
  reveal: (run: string, span: string) => void
): void {
  const place = (): Place | undefined => {
    const model = tracker.activeCell?.model;
    return model === undefined ? undefined : placeOf(model);
  };
  app.commands.addCommand(JUMP, {
    label: trans.__('Show in the Trajectory'),
    caption: trans.__(
      'Show the step of the run that wrote the cell, or the run that the cell asked for'
    ),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => place() !== undefined,
    isVisible: () => place() !== undefined,
    execute: () => {
      const found = place();
      if (found !== undefined) {
        reveal(found.run, found.span);
      }
    }
  });
  palette?.addItem({ command: JUMP, category: trans.__('Recursive Language Model') });
  app.contextMenu.addItem({ command: JUMP, selector: '.jp-Notebook .jp-Cell', rank: 20 });
}

/** The node that a cell is about: its step for a model's, the run for the one that asked. */
function placeOf(cell: ICellModel): Place | undefined {
  const about = aboutOf(cell);
  if (about !== undefined) {
    return { run: about.run, span: spanOf(about) };
  }
  const run = runShownBy(cell);
  return run === undefined ? undefined : { run, span: ROOT };
}
