/** From a cell of the notebook to its node of the run. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { aboutOf, runShownBy, spanOf } from './about';
import { CELL_ARGUMENTS, CommandIDs, IN_CELL_MENU } from './command-ids';
import { ROOT } from './model/spans';

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
  reveal: (run: string, span: string) => void
): void {
  const place = (): Place | undefined => {
    const model = tracker.activeCell?.model;
    return model === undefined ? undefined : placeOf(model);
  };
  app.commands.addCommand(CommandIDs.jump, {
    label: trans.__('Show in the Trajectory'),
    caption: trans.__(
      'Show the step of the run that wrote the cell, or the run that the cell asked for'
    ),
    describedBy: { args: CELL_ARGUMENTS },
    isEnabled: () => place() !== undefined,
    isVisible: args => args['cellMenu'] !== true || place() !== undefined,
    execute: () => {
      const found = place();
      if (found !== undefined) {
        reveal(found.run, found.span);
      }
    }
  });
  app.contextMenu.addItem({
    command: CommandIDs.jump,
    args: IN_CELL_MENU,
    selector: '.jp-Notebook .jp-Cell',
    rank: 20
  });
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
