/** The plugins of the labextension. */

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { treeViewIcon } from '@jupyterlab/ui-components';
import { addCommands, addOpenCommand } from './commands';
import { CellHeaders } from './headers';
import { addJumpCommand } from './jump';
import type { RunModel } from './model';
import { Notebooks } from './notebooks';
import { RunPanel } from './panel';
import { RunToolbar } from './toolbar';
import type { CardView } from './view/card';
import { REQUEST } from './protocol';
import { RunRegistry } from './registry';
import { rendererFactory } from './renderer';
import { INotebooks, IRunRegistry } from './tokens';

const registry: JupyterFrontEndPlugin<RunRegistry> = {
  id: 'rlm-labextension:registry',
  description: 'Knows the runs of recursive language models, live and saved.',
  autoStart: true,
  provides: IRunRegistry,
  activate: () => new RunRegistry()
};

const notebooks: JupyterFrontEndPlugin<INotebooks> = {
  id: 'rlm-labextension:notebooks',
  description: "Writes a model's cells into the open notebook while they run.",
  autoStart: true,
  requires: [INotebookTracker, IRunRegistry],
  provides: INotebooks,
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker, runs: RunRegistry) => {
    leaveKernelStatusAlone();
    return new Notebooks(tracker, runs);
  }
};

const renderer: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:renderer',
  description: 'Shows the card of a run in the output of its cell.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IRunRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    runs: RunRegistry,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('rlm-labextension');
    const equip = (card: CardView, run: RunModel): RunToolbar =>
      new RunToolbar(card.actions, run, app.commands, trans);
    rendermime.addFactory(rendererFactory(runs, trans, equip), 0);
  }
};

const commands: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:commands',
  description: 'Commands that pause, resume, stop and export runs.',
  autoStart: true,
  requires: [INotebooks, IRunRegistry],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    open: INotebooks,
    runs: RunRegistry,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    addCommands(app, open, runs, (translator ?? nullTranslator).load('rlm-labextension'), palette);
  }
};

const panel: JupyterFrontEndPlugin<void> = {
  id: 'rlm-labextension:panel',
  description: 'The side panel that shows the runs of the notebook.',
  autoStart: true,
  requires: [INotebookTracker, INotebooks, IRunRegistry],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    open: INotebooks,
    runs: RunRegistry,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('rlm-labextension');
    const shown = new RunPanel(open, runs, trans);
    shown.title.icon = treeViewIcon;
    shown.title.caption = trans.__('Runs of recursive language models');
    app.shell.add(shown, 'right', { rank: 900, type: 'Recursive Language Model' });
    restorer?.add(shown, shown.id);
    const reveal = (run: string, span: string | null): void => {
      app.shell.activateById(shown.id);
      shown.open(run, span);
    };
    tracker.widgetAdded.connect((_, notebook) => void new CellHeaders(notebook, trans, reveal));
    addOpenCommand(app, open, trans, palette, reveal);
    addJumpCommand(app, tracker, trans, palette, reveal);
  }
};

/** A reply on the control channel says nothing of whether the kernel is busy (JupyterLab 4.5 on). */
function leaveKernelStatusAlone(): void {
  const option = 'untracked_message_types';
  const before = JSON.parse(PageConfig.getOption(option) || '[]') as string[];
  PageConfig.setOption(option, JSON.stringify([...before, REQUEST]));
}

export default [registry, notebooks, renderer, commands, panel];
