/** From a cell of a run another way: a new run that shares the steps up to there. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { aboutOf, isEdited, isProposed } from './about';
import * as actions from './actions';
import { BRANCH_ARGUMENTS, CommandIDs, IN_CELL_MENU } from './command-ids';
import { askForHint, type HintQuestion } from './hint';
import type { AboutCell } from './protocol';
import type { RunRegistry } from './registry';
import { tell } from './tell';
import type { INotebooks } from './tokens';

/** Where a run is left: after which of its steps. */
type Point = Pick<AboutCell, 'run' | 'step'>;

/** The command that branches a run after the step of the active cell, or after a step that is named. */
export function addBranchCommand(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  notebooks: INotebooks,
  registry: RunRegistry,
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
    isVisible: args => args['cellMenu'] !== true || pointOf(args) !== undefined,
    execute: async args => {
      const from = pointOf(args);
      const notebook = (from && notebooks.withRun(from.run)) ?? notebooks.current;
      if (from === undefined || notebook === undefined) {
        return;
      }
      const edited = editedOf(from, Array.from(notebook.panel.content.model?.cells ?? []));
      const hint = await askForHint(questionOn(from.step, edited.length > 0, trans), trans);
      if (hint !== undefined) {
        await actions.branch(notebook, registry.of(from.run), from.step, edited, hint).catch(tell);
      }
    }
  });
  app.contextMenu.addItem({
    command: CommandIDs.branch,
    args: IN_CELL_MENU,
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

/** What is asked before a run is left for another way. */
function questionOn(step: number, isEdited: boolean, trans: TranslationBundle): HintQuestion {
  return {
    title: trans.__('Branch After Step %1', step),
    label: isEdited
      ? trans.__('The step runs as you have edited it. A hint for the model, if you like:')
      : trans.__('A hint for the model, if you like:'),
    placeholder: trans.__('What it should do otherwise'),
    accept: trans.__('Branch')
  };
}
