/** Whose keys the kernel sees, in a dialog and in the settings; the keys themselves never leave it. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IFormRendererRegistry } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import { createElement, useEffect, useRef, type ReactElement } from 'react';
import { CommandIDs, NO_ARGUMENTS } from './command-ids';
import type { INotebooks } from './tokens';
import { el } from './view/dom';

/** The property of the settings in whose place they show. */
const SETTING = 'rlm-labextension:settings.provider_keys';

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
      const body = new Widget();
      body.addClass('rlm-keys');
      const advice = trans.__(
        'A key is an environment variable, such as ANTHROPIC_API_KEY, of the kernel or of the server that starts it. Neither settings nor notebooks hold one.'
      );
      body.node.append(...said(await providers(notebooks), trans), el('p', {}, advice));
      await showDialog({
        title: trans.__('Provider Keys'),
        body,
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      });
    }
  });
}

/** Show them on the page of the settings, too, as they are in the notebook last worked in. */
export function addKeysField(
  forms: IFormRendererRegistry,
  notebooks: INotebooks,
  trans: TranslationBundle
): void {
  forms.addRenderer(SETTING, {
    fieldRenderer: ({ schema }: { schema: { title?: string | undefined } }) =>
      createElement(KeysField, { title: schema.title ?? '', notebooks, trans })
  });
}

interface FieldProps {
  title: string;
  notebooks: INotebooks;
  trans: TranslationBundle;
}

function KeysField({ title, notebooks, trans }: FieldProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const look = async (): Promise<void> => {
      const names = await providers(notebooks);
      place.current?.replaceChildren(...said(names, trans));
    };
    const follow = (): void => void look();
    follow();
    notebooks.changed.connect(follow);
    return () => void notebooks.changed.disconnect(follow);
  }, [notebooks, trans]);
  const label = { className: 'jp-FormGroup-fieldLabel' };
  const text = { ref: place, className: 'rlm-keys', 'aria-live': 'polite' as const };
  return createElement('div', {}, createElement('h3', label, title), createElement('div', text));
}

/** The names of the providers; null where no kernel can be asked. */
async function providers(notebooks: INotebooks): Promise<readonly string[] | null> {
  const link = notebooks.current?.link;
  const found = link?.isGreeted
    ? await link.request<{ keys: string[] }>('keys').catch(() => null)
    : null;
  return found?.keys ?? null;
}

function said(names: readonly string[] | null, trans: TranslationBundle): HTMLElement[] {
  if (names === null) {
    return [el('p', {}, trans.__('No notebook is open whose kernel has rlm_kernel loaded.'))];
  }
  return names.length
    ? [
        el('p', {}, trans.__('The kernel of the notebook sees the keys of:')),
        el('ul', {}, ...names.map(name => el('li', {}, name)))
      ]
    : [el('p', {}, trans.__('The kernel of the notebook sees no provider’s key.'))];
}
