/** The commands of the palette and the shortcuts; buttons issue the same. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as actions from './actions';
import type { RunModel } from './model';
import type { NotebookRuns } from './notebook';
import type { RunRegistry } from './registry';
import type { INotebooks } from './tokens';

export const CommandIDs = {
  pause: 'rlm:pause',
  pauseAfterStep: 'rlm:pause-after-step',
  resume: 'rlm:resume',
  resumeWithHint: 'rlm:resume-with-hint',
  stop: 'rlm:stop',
  exportRun: 'rlm:export',
  open: 'rlm:open-trajectory'
} as const;

interface Target {
  readonly notebook: NotebookRuns;
  readonly run: RunModel;
}

interface Command {
  readonly id: string;
  readonly label: string;
  readonly caption: string;
  readonly isEnabled: (run: RunModel) => boolean;
  readonly act: (target: Target) => Promise<void>;
}

/** Add the commands to the application and the palette. */
export function addCommands(
  app: JupyterFrontEnd,
  notebooks: INotebooks,
  registry: RunRegistry,
  trans: TranslationBundle,
  palette: ICommandPalette | null
): void {
  const target = (args: ReadonlyPartialJSONObject): Target | null => {
    const named = typeof args['run'] === 'string' ? args['run'] : undefined;
    const notebook = named === undefined ? notebooks.current : notebooks.withRun(named);
    const run = registry.get(named ?? notebook?.runs.at(-1) ?? '');
    return notebook !== undefined && run !== undefined ? { notebook, run } : null;
  };
  for (const command of commandsOf(trans)) {
    app.commands.addCommand(command.id, {
      label: command.label,
      caption: command.caption,
      describedBy: { args: RUN_ARGUMENT },
      isEnabled: args => {
        const found = target(args);
        return found !== null && command.isEnabled(found.run);
      },
      execute: async args => {
        const found = target(args);
        if (found !== null) {
          await command.act(found).catch(tell);
        }
      }
    });
    palette?.addItem({ command: command.id, category: trans.__('Recursive Language Model') });
  }
}

/** The command that shows a run, and a node of it, in the side panel. */
export function addOpenCommand(
  app: JupyterFrontEnd,
  notebooks: INotebooks,
  trans: TranslationBundle,
  palette: ICommandPalette | null,
  reveal: (run: string, span: string | null) => void
): void {
  app.commands.addCommand(CommandIDs.open, {
    label: trans.__('Open the Trajectory'),
    caption: trans.__('Show the run as a tree and a timeline'),
    describedBy: { args: RUN_ARGUMENT },
    execute: args => {
      const latest = notebooks.current?.runs.at(-1) ?? '';
      const run = typeof args['run'] === 'string' ? args['run'] : latest;
      reveal(run, typeof args['span'] === 'string' ? args['span'] : null);
    }
  });
  palette?.addItem({
    command: CommandIDs.open,
    category: trans.__('Recursive Language Model')
  });
}

const RUN_ARGUMENT = {
  type: 'object' as const,
  properties: { run: { type: 'string' as const, description: 'The id of the run; the latest.' } }
};

function commandsOf(trans: TranslationBundle): Command[] {
  const isRunning = (run: RunModel): boolean => run.status === 'running';
  const isPaused = (run: RunModel): boolean => run.status === 'paused' || run.status === 'failed';
  return [
    {
      id: CommandIDs.pause,
      label: trans.__('Pause the Run'),
      caption: trans.__('Interrupt the kernel; the run keeps its state and can be resumed'),
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
      isEnabled: isPaused,
      act: ({ notebook, run }) => actions.resume(notebook, run)
    },
    {
      id: CommandIDs.resumeWithHint,
      label: trans.__('Resume with a Hint…'),
      caption: trans.__('Go on, and tell the model something'),
      isEnabled: isPaused,
      act: ({ notebook, run }) => resumeWithHint(notebook, run, trans)
    },
    {
      id: CommandIDs.stop,
      label: trans.__('Stop the Run for Good'),
      caption: trans.__('End the paused run; what it made stays'),
      isEnabled: isPaused,
      act: ({ notebook, run }) => actions.stop(notebook, run)
    },
    {
      id: CommandIDs.exportRun,
      label: trans.__('Export the Run as a Notebook…'),
      caption: trans.__('Write its cells as a plain notebook'),
      isEnabled: run => run.status !== 'running',
      act: ({ notebook, run }) => exportRun(notebook, run, trans)
    }
  ];
}

async function resumeWithHint(
  notebook: NotebookRuns,
  run: RunModel,
  trans: TranslationBundle
): Promise<void> {
  const hint = await InputDialog.getText({
    title: trans.__('Resume with a Hint'),
    placeholder: trans.__('What the model should know'),
    okLabel: trans.__('Resume')
  });
  if (hint.button.accept && hint.value) {
    await actions.resume(notebook, run, hint.value);
  }
}

async function exportRun(
  notebook: NotebookRuns,
  run: RunModel,
  trans: TranslationBundle
): Promise<void> {
  const path = await InputDialog.getText({
    title: trans.__('Export the Run as a Notebook'),
    text: `run-${run.id}.ipynb`,
    okLabel: trans.__('Export')
  });
  if (path.button.accept && path.value) {
    await actions.exportRun(notebook, path.value);
    Notification.success(trans.__('Wrote %1', path.value));
  }
}

function tell(error: unknown): void {
  Notification.error(error instanceof Error ? error.message : String(error));
}
