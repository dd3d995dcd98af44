/** The commands that act on a run; buttons, menus and shortcuts issue the same. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon, pauseIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as actions from './actions';
import { CommandIDs, RUN_ARGUMENT } from './command-ids';
import { askForHint } from './hint';
import { acceptIcon, resumeIcon } from './icon';
import type { RunModel } from './model';
import type { NotebookRuns } from './notebook';
import type { RunRegistry } from './registry';
import { tell } from './tell';
import type { INotebooks } from './tokens';

interface Target {
  readonly notebook: NotebookRuns;
  readonly run: RunModel;
}

interface Command {
  readonly id: string;
  readonly label: string;
  readonly caption: string;
  readonly icon?: LabIcon;
  readonly isEnabled: (target: Target) => boolean;
  readonly act: (target: Target) => Promise<void>;
}

/** Finds the run that the arguments of a command mean. */
export type FindTarget = (args: ReadonlyPartialJSONObject) => Target | null;

export function targetFinder(notebooks: INotebooks, registry: RunRegistry): FindTarget {
  return args => {
    const { run: named, notebook: id } = args;
    const notebook =
      typeof named === 'string'
        ? notebooks.withRun(named)
        : typeof id === 'string'
          ? notebooks.withId(id)
          : notebooks.current;
    const latest = (): string => notebook?.runs.at(-1) ?? notebook?.runsToShow.at(-1) ?? '';
    const run = registry.get(typeof named === 'string' ? named : latest());
    return notebook !== undefined && run !== undefined ? { notebook, run } : null;
  };
}

/** Add the commands to the application. */
export function addCommands(
  app: JupyterFrontEnd,
  target: FindTarget,
  trans: TranslationBundle
): void {
  for (const command of commandsOf(trans)) {
    const isEnabled = (args: ReadonlyPartialJSONObject): boolean => {
      const found = target(args);
      const isThere = found?.notebook.link?.isGreeted === true; // its kernel, or one that can have it
      return found !== null && isThere && command.isEnabled(found);
    };
    app.commands.addCommand(command.id, {
      label: command.label,
      caption: command.caption,
      ...(command.icon ? { icon: command.icon } : {}),
      describedBy: { args: RUN_ARGUMENT },
      isEnabled,
      // A notebook's toolbar shows only what can be done now.
      isVisible: args => args['notebook'] === undefined || isEnabled(args),
      execute: async args => {
        const found = target(args);
        if (found !== null) {
          await command.act(found).catch(tell);
        }
      }
    });
  }
}

/** The command that shows a run, and a node of it, in the side panel. */
export function addOpenCommand(
  app: JupyterFrontEnd,
  notebooks: INotebooks,
  trans: TranslationBundle,
  reveal: (run: string, span: string | null) => void
): void {
  const runOf = (args: ReadonlyPartialJSONObject): string | undefined =>
    typeof args['run'] === 'string' ? args['run'] : notebooks.current?.runsToShow.at(-1);
  app.commands.addCommand(CommandIDs.open, {
    label: trans.__('Open the Trajectory'),
    caption: trans.__('Show the run as a tree and a timeline'),
    describedBy: { args: RUN_ARGUMENT },
    isEnabled: args => runOf(args) !== undefined,
    execute: args => {
      reveal(runOf(args) ?? '', typeof args['span'] === 'string' ? args['span'] : null);
    }
  });
}

function commandsOf(trans: TranslationBundle): Command[] {
  const isRunning = ({ run }: Target): boolean => run.status === 'running';
  const isProposed = ({ run }: Target): boolean => run.status === 'proposed';
  const standsStill = (target: Target): boolean => isPaused(target) || isProposed(target);
  const isPaused = ({ run }: Target): boolean => run.status === 'paused' || run.status === 'failed';
  const canStop = (target: Target): boolean =>
    standsStill(target) && target.notebook.owns(target.run.id);
  // A run whose kernel has died is brought back by another one.
  const canResume = (target: Target): boolean =>
    isPaused(target) ||
    (target.run.status === 'interrupted' && target.notebook.link?.isGreeted === true);
  return [
    {
      id: CommandIDs.pause,
      label: trans.__('Pause the Run'),
      caption: trans.__('Interrupt the kernel; the run keeps its state and can be resumed'),
      icon: pauseIcon,
      isEnabled: isRunning,
      act: ({ notebook }) => actions.interrupt(notebook)
    },
    {
      id: CommandIDs.pauseAfterStep,
      label: trans.__('Pause After This Step'),
      caption: trans.__('Let the step that runs come to its end first'),
      isEnabled: isRunning,
      act: ({ notebook, run }) => actions.pauseAfterStep(notebook, run)
    },
    {
      id: CommandIDs.resume,
      label: trans.__('Resume the Run'),
      caption: trans.__('Go on; the model is told what changed meanwhile'),
      icon: resumeIcon,
      isEnabled: canResume,
      act: ({ notebook, run }) => actions.goOn(notebook, run, 'resume')
    },
    {
      id: CommandIDs.resumeWithHint,
      label: trans.__('Resume with a Hint…'),
      caption: trans.__('Go on, and tell the model something'),
      isEnabled: canResume,
      act: target => resumeWithHint(target, trans)
    },
    {
      id: CommandIDs.accept,
      label: trans.__('Accept the Proposed Cells'),
      caption: trans.__('Run the cells that wait, as they stand in the notebook, and go on'),
      icon: acceptIcon,
      isEnabled: isProposed,
      act: ({ notebook, run }) => actions.goOn(notebook, run, 'accept')
    },
    {
      id: CommandIDs.skip,
      label: trans.__('Skip the Proposed Cells'),
      caption: trans.__('Leave the cells out that wait, and go on; the model is told'),
      isEnabled: isProposed,
      act: ({ notebook, run }) => actions.goOn(notebook, run, 'skip')
    },
    {
      id: CommandIDs.step,
      label: trans.__('Take One Step'),
      caption: trans.__('Run the cells that wait, if some do, and propose those of the next step'),
      isEnabled: standsStill,
      act: ({ notebook, run }) => actions.goOn(notebook, run, 'step')
    },
    {
      id: CommandIDs.stop,
      label: trans.__('Stop the Run for Good'),
      caption: trans.__('End the paused run; what it made stays'),
      isEnabled: canStop,
      act: ({ notebook, run }) => actions.stop(notebook, run)
    },
    {
      id: CommandIDs.exportRun,
      label: trans.__('Export the Run as a Notebook…'),
      caption: trans.__('Write its cells as a plain notebook'),
      isEnabled: ({ run }) => run.status !== 'running',
      act: target => exportRun(target, trans)
    }
  ];
}

async function resumeWithHint({ notebook, run }: Target, trans: TranslationBundle): Promise<void> {
  const question = {
    title: trans.__('Resume with a Hint'),
    label: trans.__('A hint for the model:'),
    placeholder: trans.__('What the model should know'),
    accept: trans.__('Resume')
  };
  const hint = await askForHint(question, trans);
  if (hint) {
    await actions.goOn(notebook, run, 'resume', hint);
  }
}

async function exportRun({ notebook, run }: Target, trans: TranslationBundle): Promise<void> {
  const path = await InputDialog.getText({
    title: trans.__('Export the Run as a Notebook'),
    text: `run-${run.id}.ipynb`,
    okLabel: trans.__('Export')
  });
  if (path.button.accept && path.value) {
    await actions.exportRun(notebook, run, path.value);
    Notification.success(trans.__('Wrote %1', path.value));
  }
}
