import { el, setAttribute } from './dom';
import { icon, setIcon, type IconName } from './icons';
import type { Trans } from './trans';

/** A button with an icon only, which `title` names. */
export function iconButton(name: IconName, title: string, act: () => void): HTMLButtonElement {
  const attributes = { type: 'button', class: 'rlm-icon-button', title, 'aria-label': title };
  const button = el('button', attributes, icon(name));
  button.addEventListener('click', act);
  return button;
}

/** Milliseconds that a button says that it has copied. */
const SAY = 1500;

/** A button that copies a text. */
export function copyButton(trans: Trans, text: () => string): HTMLButtonElement {
  const name = trans.__('Copy');
  const button = iconButton('copy', name, () => {
    void copy(text()).then(() => say('done', trans.__('Copied')));
  });
  const say = (picture: IconName, label: string): void => {
    setIcon(button.firstElementChild as SVGSVGElement, picture);
    setAttribute(button, 'aria-label', label);
    if (picture !== 'copy') {
      setTimeout(() => say('copy', name), SAY);
    }
  };
  return button;
}

/** Copy a text; pages that are not served securely have no clipboard but the old command. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el('textarea', { class: 'rlm-unseen' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
