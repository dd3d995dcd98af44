/** Greets a kernel once it may know the extension: one that does not logs an error at our hello. */

import type { Notebook } from '@jupyterlab/notebook';
import type { KernelMessage as Jupyter } from '@jupyterlab/services';
import { aboutOf } from './about';
import type { KernelLink } from './link';

/** What mentions the extension in code that is executed, and in a cell that is not. */
const MENTION = /rlm/;
const USE = /^%%?(rlm|load_ext rlm)/m;

export class Greeter {
  private _isMentioned = false;

  /** Note a message of the kernel's: it may say that code is executed which loads the extension. */
  note(message: Jupyter.IMessage): void {
    if (message.header.msg_type !== 'execute_input') {
      return;
    }
    const { code } = message.content as unknown as Jupyter.IExecuteInputMsg['content'];
    this._isMentioned ||= MENTION.test(code);
  }

  /** A kernel has come: greet it if the notebook uses the extension. */
  meet(link: KernelLink, notebook: Notebook): void {
    if (isOurs(link) || isUsedIn(notebook)) {
      greet(link);
    }
  }

  /** The kernel is idle: by now the extension is loaded, or nobody loads it. */
  meetAgain(link: KernelLink | null): void {
    if (this._isMentioned || isOurs(link)) {
      this._isMentioned = false;
      greet(link); // a hello that was too early goes unanswered
    }
  }
}

function greet(link: KernelLink | null): void {
  link?.hello().catch(() => {
    // The extension is not loaded there, yet: the next cell that mentions it asks again.
  });
}

function isOurs(link: KernelLink | null): boolean {
  return link?.kernel.name === 'rlm';
}

function isUsedIn(notebook: Notebook): boolean {
  const cells = Array.from(notebook.model?.cells ?? []);
  return cells.some(cell => aboutOf(cell) !== undefined || USE.test(cell.sharedModel.getSource()));
}
