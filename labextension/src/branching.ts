/** From a cell of a run another way: a new run that shares the steps up to there. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog } from '@jupyterlab/apputils';
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { aboutOf, isEdited, isProposed } from './about';
import * as actions from './actions';
import { BRANCH_ARGUMENTS, CommandIDs } from './command-ids';
import type { AboutCell } from './protocol';
import { tell } from './tell';
import type { INotebooks } from './tokens';

/** Where a run is left: after which of its steps. */
type Point = Pick<AboutCell, 'run' | 'step'>;

/** The command that branches a run after the step of the active cell, or after a step that is named. */
export function addBranchCommand(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  notebooks: INotebooks,
  trans: TranslationBundle
): void {
  const pointOf = (args: ReadonlyPartialJSONObject): Point | undefined =>
    pointNamedIn(args) ?? pointOfCell(tracker.activeCell?.model);
  app.commands.addCommand(CommandIDs.branch, {
    label: args =>
      pointNamedIn(args) ? trans.__('Branch After This Step…') : trans.__('Branch From This Cell…'),
    caption: trans.__(
      'Go another way after the step of this cell, as the cell stands, in a new run'
    ),
    describedBy: { args: BRANCH_ARGUMENTS },
    isEnabled: args => pointOf(args) !== undefined,
    isVisible: args => pointOf(args) !== undefined,
    execute: async args => {
      const from = pointOf(args);
      const notebook = (from && notebooks.withRun(from.run)) ?? notebooks.current;
      if (from === undefined || notebook === undefined) {
        return;
      }
      const edited = editedOf(from, Array.from(notebook.panel.content.model?.cells ?? []));
      const hint = await askForHint(from.step, edited.length > 0, trans);
      if (hint !== undefined) {
        await actions.branch(notebook, from, edited, hint).catch(tell);
      }
    }
  });
  app.contextMenu.addItem({
    command: CommandIDs.branch,
    selector: '.jp-Notebook .jp-Cell',
    rank: 21
  });
}

function pointNamedIn({ run, step }: ReadonlyPartialJSONObject): Point | undefined {
  return typeof run === 'string' && typeof step === 'number' ? { run, step } : undefined;
}

function pointOfCell(cell: ICellModel | undefined): Point | undefined {
  const about = cell === undefined ? undefined : aboutOf(cell);
  return isProposed(about) ? undefined : about;
}

/** The cells of the same step whose code somebody has changed. */
function editedOf({ run, step }: Point, cells: readonly ICellModel[]): ICellModel[] {
  return cells.filter(cell => {
    const about = aboutOf(cell);
    return about?.run === run && about.step === step && about.cell !== undefined && isEdited(cell);
  });
}

/** What the model is to be told, which may be nothing; undefined where the user would rather not. */
async function askForHint(
  step: number,
  isEdited: boolean,
  trans: TranslationBundle
): Promise<string | undefined> {
  const hint = await InputDialog.getText({
    title: trans.__('Branch After Step %1', step),
    label: isEdited
      ? trans.__('The step runs as you have edited it. A hint for the model, if you like:')
      : trans.__('A hint for the model, if you like:'),
    placeholder: trans.__('What it should do otherwise'),
    okLabel: trans.__('Branch')
  });
  return hint.button.accept ? (hint.value ?? '') : undefined;
}
