/** The line to one kernel: requests that are answered while a cell runs, and what it sends. */

import type { Kernel, KernelMessage as Jupyter } from '@jupyterlab/services';
import { KernelMessage as Messages } from '@jupyterlab/services';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { COMM_TARGET, Greeting, KernelMessage, REQUEST } from './protocol';
import type { Reception } from './reception';

/** A reply takes milliseconds; a kernel without the extension never sends one. */
const PATIENCE = 5000;
/** What a page sends to a kernel that was busy when it connected waits for a while. */
const PATIENCE_AT_FIRST = 30_000;

export class KernelLink implements IDisposable {
  readonly kernel: Kernel.IKernelConnection;
  private _isGreeted = false;
  private _isRefused = false;
  /** The id of the comm by which the kernel sends, once it has opened it. */
  private _comm: string | null = null;
  private readonly _received = new Signal<this, KernelMessage>(this);
  private readonly _greeted = new Signal<this, Greeting>(this);
  private _isDisposed = false;

  constructor(
    kernel: Kernel.IKernelConnection,
    private readonly _reception: Reception
  ) {
    this.kernel = kernel;
    kernel.registerCommTarget(COMM_TARGET, leaveOpen);
    kernel.iopubMessage.connect(this._onPublished, this);
    _reception.changed.connect(this._tellChange, this);
    window.addEventListener('pagehide', this._onPageHide);
  }

  /** What the kernel sends: pieces of runs, and its goodbye. */
  get received(): ISignal<this, KernelMessage> {
    return this._received;
  }

  /** A kernel answered the hello, the first time or after a restart. */
  get greeted(): ISignal<this, Greeting> {
    return this._greeted;
  }

  /** Whether the kernel has answered the hello, and is understood. */
  get isGreeted(): boolean {
    return this._isGreeted;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Tell the kernel that this front end is here, until it has answered; rejects where nobody does. */
  async hello(): Promise<void> {
    if (this._isMet) {
      return;
    }
    const greeting = await this.request<Greeting>(
      'hello',
      this._reception.words,
      PATIENCE_AT_FIRST
    );
    if (this._isMet) {
      return;
    }
    if (this._reception.understands(greeting)) {
      this._isGreeted = true;
      this._greeted.emit(greeting);
    } else {
      this._isRefused = true;
      this._sayGoodbye(); // it shows its runs as it does where there is no labextension
    }
  }

  /** The kernel was restarted or the extension unloaded: it knows this front end no more. */
  forget(): void {
    this._isGreeted = this._isRefused = false;
  }

  /** Ask the kernel; rejects with its sentence when it cannot do what is asked. */
  request<T>(op: string, content: JSONObject = {}, patience = PATIENCE): Promise<T> {
    const future = this.kernel.sendControlMessage(this._message({ op, ...content }), true);
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        future.dispose();
        reject(new Error(`the kernel did not answer the request ${op}`));
      }, patience);
      future.onReply = reply => {
        clearTimeout(timer);
        const said = reply.content as unknown as { status: string; message?: string };
        if (said.status === 'ok') {
          resolve(said as T);
        } else {
          reject(new Error(said.message ?? said.status));
        }
      };
    });
  }

  /** Answer a question of the kernel's. */
  answer(question: string, answer: JSONValue): void {
    this._send({ op: 'answer', question, answer });
  }

  /** Tell the kernel that windows on the notebook came or went. */
  tellWindows(): void {
    if (this._isGreeted) {
      this._send({ op: 'windows' });
    }
  }

  /** What the kernel publishes under the id `message` from now on, as the future of a cell has it. */
  attach(message: string): Kernel.IShellFuture {
    const request = this._message({ op: 'attach' }, message);
    // As the future of an execute request it stays, and gets all that comes, until it is disposed.
    const future = this.kernel.sendControlMessage(request, true, false);
    future.done.catch(() => undefined); // its cell may be deleted before the kernel has answered
    return future as unknown as Kernel.IShellFuture;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.removeEventListener('pagehide', this._onPageHide);
    if (!this.kernel.isDisposed) {
      this.kernel.removeCommTarget(COMM_TARGET, leaveOpen);
      this.kernel.iopubMessage.disconnect(this._onPublished, this);
      if (this._isGreeted && this.kernel.connectionStatus === 'connected') {
        this._sayGoodbye();
      }
    }
    Signal.clearData(this);
  }

  private get _isMet(): boolean {
    return this._isGreeted || this._isRefused;
  }

  private _sayGoodbye(): void {
    this._send({ op: 'goodbye' });
  }

  /** The page is closed or reloaded, which disposes of nothing. */
  private readonly _onPageHide = (): void => {
    if (this._isGreeted && this.kernel.connectionStatus === 'connected') {
      this.forget();
      this._sayGoodbye();
    }
  };

  private _send(content: JSONObject): void {
    if (!this.kernel.isDisposed) {
      this.kernel.sendControlMessage(this._message(content), false);
    }
  }

  private _tellChange(): void {
    if (this._isGreeted) {
      this.request('defaults', this._reception.words).catch(() => {
        // The kernel is gone; another is told at its hello.
      });
    }
  }

  /**
   * Of several connections of a page to one kernel (two notebooks, a notebook and its console)
   * only one handles comms, but each gets what is published. Every hello opens the comm again.
   */
  private _onPublished(_: unknown, message: Jupyter.IIOPubMessage): void {
    if (Messages.isCommOpenMsg(message) && message.content.target_name === COMM_TARGET) {
      this._comm = message.content.comm_id;
    } else if (Messages.isCommMsgMsg(message) && message.content.comm_id === this._comm) {
      this._received.emit(message.content.data as unknown as KernelMessage);
    }
  }

  private _message(content: JSONObject, id?: string): Jupyter.IControlMessage<never> {
    return Messages.createMessage({
      channel: 'control',
      msgType: REQUEST as never,
      session: this.kernel.clientId,
      username: this.kernel.username,
      content: content as never,
      ...(id === undefined ? {} : { msgId: id })
    }) as Jupyter.IControlMessage<never>;
  }
}

/** What takes the comm, which JupyterLab would close where nobody did. */
function leaveOpen(): void {
  // What comes by it is read where it is published.
}
