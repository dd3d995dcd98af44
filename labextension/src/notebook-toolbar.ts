/** In a notebook's toolbar: pause the run, or resume it, whichever can be done. */

import { CommandToolbarButton, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';
import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from './command-ids';

/** The items that `schema/commands.json` places. */
const ITEMS = {
  'rlm-pause': CommandIDs.pause,
  'rlm-resume': CommandIDs.resume,
  'rlm-accept': CommandIDs.accept
};

export function addToolbarItems(
  commands: CommandRegistry,
  toolbars: IToolbarWidgetRegistry | null
): void {
  for (const [name, id] of Object.entries(ITEMS)) {
    toolbars?.addFactory<Widget>(
      'Notebook',
      name,
      notebook =>
        new CommandToolbarButton({ commands, id, args: { notebook: notebook.id }, label: '' })
    );
  }
}
