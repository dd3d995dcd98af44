/** The line from a widget to its kernel: requests, which wait while the kernel is busy, and events. */

import type { RunEvent } from '../events';
import type { RunBatch } from '../protocol';

/** What anywidget lets a widget have of its model. */
export interface Model {
  get(name: string): unknown;
  send(content: object): void;
  on(event: string, listener: (...given: never[]) => void): void;
  readonly widget_manager: {
    get_model(id: string): Promise<{ readonly comm_live?: boolean }>;
  };
}

interface Reply {
  readonly kind: 'reply';
  readonly request: string;
  readonly status: 'ok' | 'error';
  readonly message?: string;
}

interface Waiting {
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

export class Line {
  private readonly _waiting = new Map<string, Waiting>();
  private readonly _changed = new Set<() => void>();
  private _onEvents: ((events: RunEvent[]) => void) | null = null;
  private _number = 0;
  private _looks = 0;
  private _isLive = true;

  constructor(private readonly _model: Model) {
    _model.on('msg:custom', (message: Reply | RunBatch) => this._receive(message));
    _model.on('comm_live_update', () => void this._look());
    void this._look();
  }

  /** Whether there is a kernel that knows this widget; a saved one outlives it. */
  get isLive(): boolean {
    return this._isLive;
  }

  /** Be told when the kernel is lost, or is there again; returns what ends that. */
  onChange(listener: () => void): () => void {
    this._changed.add(listener);
    return () => this._changed.delete(listener);
  }

  /** Have the events of the run, as they come. */
  listen(listener: (events: RunEvent[]) => void): void {
    this._onEvents = listener;
  }

  /** Ask the kernel, which answers when it is free; rejects with its sentence, or when it is lost. */
  request<T>(op: string, content: object = {}): Promise<T> {
    this._number += 1;
    const request = String(this._number);
    return new Promise<T>((resolve, reject) => {
      this._waiting.set(request, { resolve: reply => resolve(reply as T), reject });
      this._model.send({ ...content, op, request });
    });
  }

  dispose(): void {
    this._abandon();
    this._changed.clear();
    this._onEvents = null;
  }

  private _receive(message: Reply | RunBatch): void {
    if (message.kind === 'run') {
      this._onEvents?.(message.parts.flatMap(part => ('event' in part ? [part.event] : [])));
      return;
    }
    const waiting = this._waiting.get(message.request);
    this._waiting.delete(message.request);
    if (message.status === 'ok') {
      waiting?.resolve(message);
    } else {
      waiting?.reject(new Error(message.message ?? message.status));
    }
  }

  /** See whether the widget's model has a kernel behind it; anywidget does not show that. */
  private async _look(): Promise<void> {
    const look = (this._looks += 1);
    const id = String(this._model.get('own_id'));
    const model = await this._model.widget_manager.get_model(id).catch(() => null);
    if (look !== this._looks) {
      return; // it has changed again meanwhile
    }
    const isLive = model?.comm_live !== false;
    if (isLive !== this._isLive) {
      this._isLive = isLive;
      if (!isLive) {
        this._abandon();
      }
      this._changed.forEach(tell => tell());
    }
  }

  private _abandon(): void {
    const lost = [...this._waiting.values()];
    this._waiting.clear();
    lost.forEach(({ reject }) => reject(new Error('the kernel is gone')));
  }
}
