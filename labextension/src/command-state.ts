/** Lets menus and toolbars know when the commands of a run can act, or can no longer. */

import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs, RUN_COMMANDS } from './command-ids';
import type { RunModel } from './model';
import type { RunRegistry } from './registry';
import type { INotebooks } from './tokens';

export function followRuns(
  commands: CommandRegistry,
  notebooks: INotebooks,
  registry: RunRegistry
): void {
  const notify = (): void => {
    for (const id of [...RUN_COMMANDS, CommandIDs.keys].filter(id => commands.hasCommand(id))) {
      commands.notifyCommandChanged(id);
    }
  };
  notebooks.changed.connect(notify);
  registry.added.connect((_, run) => {
    notify();
    followStatus(run, notify);
  });
}

/** A run changes with every word of a reply; its status rarely does. */
function followStatus(run: RunModel, notify: () => void): void {
  let status = run.status;
  run.onChange(() => {
    if (run.status !== status) {
      status = run.status;
      notify();
    }
  });
}
