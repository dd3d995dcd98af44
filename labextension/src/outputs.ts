/** What the kernel publishes for a model's cell, on its way into the cell's outputs. */

import type { IOutput } from '@jupyterlab/nbformat';
import type { Kernel } from '@jupyterlab/services';
import type {
  IExecuteReplyMsg,
  IExecuteRequestMsg
} from '@jupyterlab/services/lib/kernel/messages';
import type { IDisposable } from '@lumino/disposable';
import type { CellBook } from './book';
import type { KernelLink } from './link';

type CellFuture = Kernel.IShellFuture<IExecuteRequestMsg, IExecuteReplyMsg>;

interface Route {
  readonly message: string;
  readonly future: Kernel.IShellFuture;
  /** Whether it was there before the first output. */
  readonly isWhole: boolean;
  readonly isQuiet: boolean;
}

export class OutputRoutes implements IDisposable {
  private readonly _routes = new Map<string, Route>();
  private readonly _ended = new Set<string>();
  private _isDisposed = false;

  constructor(
    private readonly _book: CellBook,
    private readonly _link: KernelLink
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._routes.forEach(route => route.future.dispose());
    this._routes.clear();
  }

  /** Let what is published under `message`, from its first word, be the outputs of a cell. */
  open(id: string, message: string, isQuiet: boolean): void {
    if (this._routes.get(id)?.message !== message) {
      this._attach(id, message, { isWhole: true, isQuiet });
    }
  }

  /** Let what is published under `message` be shown by no cell. */
  passOver(message: string | null): void {
    if (message !== null) {
      this._link.attach(message);
    }
  }

  /** The same for a cell that has begun, and has shown `outputs` by now. */
  join(id: string, message: string, outputs: readonly IOutput[], isQuiet: boolean): void {
    if (!this.hasAll(id)) {
      this._attach(id, message, { isWhole: false, isQuiet }, outputs);
    }
  }

  /** A cell has run to its end: what is told late of a moment before that is not believed. */
  end(id: string): void {
    const route = this._routes.get(id);
    if (route !== undefined) {
      this._ended.add(route.message);
    }
  }

  /** Whether the cell whose outputs are published under `message` is known to have ended. */
  hasEnded(message: string): boolean {
    return this._ended.has(message);
  }

  /** Nothing more is published for a cell. */
  close(id: string): void {
    this._routes.get(id)?.future.dispose();
    this._routes.delete(id);
  }

  /** Whether a cell has got all that was published for it. */
  hasAll(id: string): boolean {
    const route = this._routes.get(id);
    return route?.isWhole === true && this._leads(route, id);
  }

  /** The view that showed the outputs was closed: another one takes what is still to come. */
  renew(): void {
    for (const [id, route] of [...this._routes]) {
      const model = this._book.code(id);
      if (model?.executionState === 'running') {
        this._attach(id, route.message, route, model.outputs.toJSON());
      }
    }
  }

  private _attach(
    id: string,
    message: string,
    how: Pick<Route, 'isWhole' | 'isQuiet'>,
    shown: readonly IOutput[] = []
  ): void {
    const cell = this._book.widget(id);
    if (cell === null) {
      return;
    }
    this._routes.get(id)?.future.dispose();
    const future = this._link.attach(message);
    this._routes.set(id, { message, future, ...how });
    cell.outputArea.future = future as CellFuture; // which clears what is shown
    if (shown.length > 0) {
      cell.model.outputs.fromJSON([...shown]);
    }
    if (how.isQuiet) {
      const show = future.onIOPub;
      future.onIOPub = message => {
        this._book.quietly(() => void show(message));
      };
    }
  }

  private _leads(route: Route, id: string): boolean {
    return this._book.widget(id)?.outputArea.future === route.future;
  }
}
