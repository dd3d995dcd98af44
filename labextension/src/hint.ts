/** Asking the user what the model is to be told, in a field that has room for it. */

import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { el, uniqueId } from './view/dom';

/** Lines that show before the field scrolls; it can be made larger. */
const ROWS = 5;

export interface HintQuestion {
  readonly title: string;
  /** What the field is for. */
  readonly label: string;
  readonly placeholder: string;
  /** What is done then. */
  readonly accept: string;
}

/** What the user writes, as one line, perhaps none; undefined where the user would rather not. */
export async function askForHint(
  question: HintQuestion,
  trans: TranslationBundle
): Promise<string | undefined> {
  const dialog = new HintDialog({
    title: question.title,
    body: new HintBody(question, trans),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: question.accept })],
    focusNodeSelector: 'textarea'
  });
  const { button, value } = await dialog.launch();
  // It becomes a word of a command, which is one line.
  return button.accept ? (value ?? '').replace(/\s+/g, ' ').trim() : undefined;
}

class HintBody extends Widget implements Dialog.IBodyWidget<string> {
  private readonly _field: HTMLTextAreaElement;

  constructor({ label, placeholder }: HintQuestion, trans: TranslationBundle) {
    super();
    this.addClass('rlm-hint');
    const id = uniqueId('hint');
    const note = el(
      'p',
      { id: `${id}-note` },
      trans.__('Enter sends it, Shift+Enter breaks the line.')
    );
    this._field = el('textarea', {
      id,
      rows: ROWS,
      placeholder,
      class: 'jp-mod-styled',
      'aria-describedby': note.id
    });
    this.node.append(el('label', { for: id }, label), this._field, note);
  }

  getValue(): string {
    return this._field.value;
  }
}

/** JupyterLab's dialog takes Enter from a field of several lines, and does nothing with it. */
class HintDialog extends Dialog<string> {
  protected override _evtKeydown(event: KeyboardEvent): void {
    const isBreak = event.key === 'Enter' && event.target instanceof HTMLTextAreaElement;
    if (!isBreak) {
      super._evtKeydown(event);
    } else if (!event.isComposing) {
      event.stopPropagation();
      if (!event.shiftKey) {
        event.preventDefault();
        this.resolve();
      }
    }
  }
}
