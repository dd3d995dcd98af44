/** The command that shows whose keys the kernel sees; the keys themselves never leave it. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { CommandIDs, NO_ARGUMENTS } from './command-ids';
import type { INotebooks } from './tokens';
import { el } from './view/dom';

export function addKeysCommand(
  app: JupyterFrontEnd,
  notebooks: INotebooks,
  trans: TranslationBundle
): void {
  app.commands.addCommand(CommandIDs.keys, {
    label: trans.__('Provider Keys…'),
    caption: trans.__('Show the names of the providers whose keys the kernel sees'),
    describedBy: { args: NO_ARGUMENTS },
    isEnabled: () => notebooks.current?.link?.isGreeted === true,
    execute: async () => {
      const found = await notebooks.current?.link?.request<{ keys: string[] }>('keys');
      await showDialog({
        title: trans.__('Provider Keys'),
        body: new KeysBody(found?.keys ?? [], trans),
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      });
    }
  });
}

class KeysBody extends Widget {
  constructor(providers: readonly string[], trans: TranslationBundle) {
    super();
    this.addClass('rlm-keys');
    const head =
      providers.length > 0
        ? trans.__('This kernel sees the keys of:')
        : trans.__('This kernel sees no provider’s key.');
    const advice = trans.__(
      'A key is an environment variable, such as ANTHROPIC_API_KEY, of the kernel or of the server that starts it. Neither settings nor notebooks hold one.'
    );
    const names = providers.map(name => el('li', {}, name));
    this.node.append(el('p', {}, head), el('ul', {}, ...names), el('p', {}, advice));
  }
}
