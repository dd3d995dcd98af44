/** The commands that begin: in the launcher, in the file browser, in menus and the palette. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { ILauncher } from '@jupyterlab/launcher';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs, NO_ARGUMENTS } from './command-ids';
import { runIcon, runLogo } from './icon';
import type { Starter } from './starting';
import { tell } from './tell';

export function addStartingCommands(
  app: JupyterFrontEnd,
  starter: Starter,
  tracker: INotebookTracker,
  browsers: IFileBrowserFactory | null,
  launcher: ILauncher | null,
  trans: TranslationBundle
): void {
  const { commands } = app;
  const browser = (): IFileBrowserFactory['tracker']['currentWidget'] =>
    browsers?.tracker.currentWidget ?? null;

  commands.addCommand(CommandIDs.newNotebook, {
    label: args =>
      args['isLauncher'] === true ? trans.__('RLM Notebook') : trans.__('New RLM Notebook'),
    caption: trans.__('Create a notebook with a question to be written'),
    icon: runIcon,
    describedBy: { args: FOLDER_ARGUMENT },
    execute: args =>
      starter.newNotebook(text(args['cwd']) ?? browser()?.model.path ?? '').catch(tell)
  });
  launcher?.add({
    command: CommandIDs.newNotebook,
    args: { isLauncher: true },
    category: 'Notebook', // by which the launcher knows the section, whatever it is called
    kernelIconUrl: runLogo,
    rank: 1
  });

  commands.addCommand(CommandIDs.ask, {
    label: args =>
      args['about'] === undefined
        ? trans.__('Ask a Question…')
        : trans.__('Ask About This Variable…'),
    caption: trans.__('Put a cell for a question below the active one'),
    describedBy: { args: ABOUT_ARGUMENT },
    isEnabled: () => tracker.currentWidget !== null,
    execute: args => {
      const about = text(args['about']);
      return starter.ask(about === undefined ? [] : [about]).catch(tell);
    }
  });

  if (browsers !== null) {
    commands.addCommand(CommandIDs.askAboutFile, {
      label: () => trans._n('Ask About This File…', 'Ask About These %1 Files…', selected().length),
      caption: trans.__('Put a cell for a question about it into the notebook'),
      icon: runIcon,
      describedBy: { args: NO_ARGUMENTS },
      isEnabled: () => selected().length > 0,
      execute: () => starter.askAboutFiles(selected()).catch(tell)
    });
  }

  const selected = (): string[] => Array.from(browser()?.selectedItems() ?? [], item => item.path);
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const FOLDER_ARGUMENT = {
  type: 'object' as const,
  properties: {
    cwd: { type: 'string' as const, description: 'The folder; that of the file browser.' }
  }
};

const ABOUT_ARGUMENT = {
  type: 'object' as const,
  properties: {
    about: { type: 'string' as const, description: 'The name of a variable the question is about.' }
  }
};
