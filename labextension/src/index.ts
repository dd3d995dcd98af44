/** The plugins of the labextension. */

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { IFormRendererRegistry } from '@jupyterlab/ui-components';
import { CommandIDs, PALETTE_COMMANDS } from './command-ids';
import { followRuns } from './command-state';
import { addBranchCommand } from './branching';
import { addCommands, addOpenCommand, targetFinder } from './commands';
import { CellHeaders } from './headers';
import { runIcon } from './icon';
import { addJumpCommand } from './jump';
import { addKeysCommand, addKeysField } from './keys';
import type { RunModel } from './model';
import { addToolbarItems } from './notebook-toolbar';
import { Notebooks } from './notebooks';
import { RunPanel } from './panel';
import { Preferences } from './preferences';
import { Reception } from './reception';
import { Starter } from './starting';
import { addStartingCommands } from './starting-commands';
import { RunToolbar } from './toolbar';
import type { CardView } from './view/card';
import { REQUEST } from './protocol';
import { RunRegistry } from './registry';
import { rendererFactory } from './renderer';
import { INotebooks, IPreferences, IRunRegistry } from './tokens';

const registry: JupyterFrontEndPlugin<RunRegistry> = {
  id: 'rlm-labextension:registry',
  description: 'Knows the runs of recursive language models, live and saved.',
  autoStart: true,
  provides: IRunRegistry,
  activate: () => new RunRegistry()
};

const preferences: JupyterFrontEndPlugin<Preferences> = {
  id: 'rlm-labextension:settings',
  description: 'What the user has set for recursive language models.',
  autoStart: true,
  optional: [ISettingRegistry],
  provides: IPreferences,
  activate: async (_app: JupyterFrontEnd, settings: ISettingRegistry | null) =>
    new Preferences(
      (await settings?.load(preferences.id).catch((error: unknown) => {
        console.warn('The settings of rlm-labextension cannot be read:', error);
      })) ?? null
    )
};

const notebooks: JupyterFrontEndPlugin<INotebooks> = {
  id: 'rlm-labextension:notebooks',
  description: "Writes a model's cells into the open notebook while they run.",
  autoStart: true,
  requires: [INotebookTracker, IRunRegistry, IPreferences],
  optional: [ITranslator],
  provides: INotebooks,
  activate: (
    _app: JupyterFrontEnd,
    tracker: INotebookTracker,
    runs: RunRegistry,
    preferences: Preferences,
    translator: ITranslator | null
  ) => {
    leaveKernelStatusAlone();
    return new Notebooks(tracker, runs, new Reception(preferences, bundle(translator)));
  }
};

const renderer: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:renderer',
  description: 'Shows the card of a run in the output of its cell.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IRunRegistry, INotebooks],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    runs: RunRegistry,
    open: INotebooks,
    translator: ITranslator | null
  ) => {
    const trans = bundle(translator);
    const isLeft = ({ id }: RunModel): boolean => open.withRun(id)?.isLeft(id) ?? false;
    const equip = (card: CardView, run: RunModel): RunToolbar =>
      new RunToolbar(card.actions, run, app.commands, isLeft, trans);
    const hasCell = (run: string, span: string): boolean =>
      open.withRun(run)?.hasCell(run, span) ?? false;
    const reveal = (run: string, span: string): void =>
      void app.commands.execute(CommandIDs.open, { run, span });
    rendermime.addFactory(rendererFactory(runs, trans, equip, hasCell, reveal), 0);
  }
};

const commands: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:commands',
  description: 'Commands that pause, resume, stop and export runs, and where they are found.',
  autoStart: true,
  requires: [INotebooks, IRunRegistry],
  optional: [ICommandPalette, IToolbarWidgetRegistry, IFormRendererRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    open: INotebooks,
    runs: RunRegistry,
    palette: ICommandPalette | null,
    toolbars: IToolbarWidgetRegistry | null,
    forms: IFormRendererRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = bundle(translator);
    addCommands(app, targetFinder(open, runs), trans);
    addKeysCommand(app, open, trans);
    if (forms) {
      addKeysField(forms, open, trans);
    }
    followRuns(app.commands, open, runs);
    addToolbarItems(app.commands, toolbars);
    const category = trans.__('Recursive Language Model');
    PALETTE_COMMANDS.forEach(command => palette?.addItem({ command, category }));
  }
};

const starting: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:starting',
  description: 'Where a question begins: launcher, file browser, namespace.',
  autoStart: true,
  requires: [INotebookTracker, INotebooks],
  optional: [IFileBrowserFactory, ILauncher, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    open: INotebooks,
    browsers: IFileBrowserFactory | null,
    launcher: ILauncher | null,
    translator: ITranslator | null
  ) => {
    const starter = new Starter(app, tracker, open);
    addStartingCommands(app, starter, tracker, browsers, launcher, bundle(translator));
  }
};

const panel: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:panel',
  description: 'The side panel that shows the runs of the notebook.',
  autoStart: true,
  requires: [INotebookTracker, INotebooks, IRunRegistry, IPreferences],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    open: INotebooks,
    runs: RunRegistry,
    preferences: Preferences,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = bundle(translator);
    const shown = new RunPanel(open, runs, trans, {
      ask: about => void app.commands.execute(CommandIDs.ask, { about }),
      branch: (run, step) => void app.commands.execute(CommandIDs.branch, { run, step })
    });
    shown.title.icon = runIcon;
    shown.title.caption = trans.__('Runs of recursive language models');
    placePanel(app, shown, preferences);
    restorer?.add(shown, shown.id);
    void app.restored.then(() => shown.firstWidth.begin());
    const reveal = (run: string, span: string | null): void => {
      app.shell.activateById(shown.id);
      shown.open(run, span);
    };
    tracker.widgetAdded.connect((_, notebook) => void new CellHeaders(notebook, trans, reveal));
    addOpenCommand(app, open, trans, reveal);
    addJumpCommand(app, tracker, trans, reveal);
    addBranchCommand(app, tracker, open, runs, trans);
  }
};

/** Put the panel on the side that the user likes, and move it when that is another one. */
function placePanel(app: JupyterFrontEnd, panel: RunPanel, preferences: Preferences): void {
  let side = preferences.panelSide;
  const place = (): void =>
    app.shell.add(panel, side, { rank: 900, type: 'Recursive Language Model' });
  place();
  preferences.changed.connect(() => {
    if (preferences.panelSide !== side) {
      side = preferences.panelSide;
      place();
    }
  });
}

function bundle(translator: ITranslator | null): TranslationBundle {
  return (translator ?? nullTranslator).load('rlm-labextension');
}

/** A reply on the control channel says nothing of whether the kernel is busy (JupyterLab 4.5 on). */
function leaveKernelStatusAlone(): void {
  const option = 'untracked_message_types';
  const before = JSON.parse(PageConfig.getOption(option) || '[]') as string[];
  PageConfig.setOption(option, JSON.stringify([...before, REQUEST]));
}

export default [registry, preferences, notebooks, renderer, commands, starting, panel];
