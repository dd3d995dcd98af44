import type { RunModel } from '../model';
import { Frame } from './dom';

const SECOND = 1000;

/** The Unix time in seconds, on the clock of the browser. */
export function wallClock(): number {
  return Date.now() / 1000;
}

/** Paints a view of a run when the run has changed, and every second while it goes on. */
export class Pulse {
  private readonly _frame: Frame;
  private readonly _model: RunModel;
  private readonly _stopListening: () => void;
  private _ticks: ReturnType<typeof setInterval> | undefined;

  constructor(model: RunModel, paint: () => void) {
    this._model = model;
    this._frame = new Frame(() => {
      this._tickWhileRunning();
      paint();
    });
    this._stopListening = model.onChange(() => this.request());
  }

  /** Paint with the next frame. */
  request(): void {
    this._frame.request();
  }

  /** Paint now. */
  flush(): void {
    this._frame.flush();
  }

  dispose(): void {
    this._stopListening();
    this._frame.cancel();
    clearInterval(this._ticks);
  }

  private _tickWhileRunning(): void {
    const running = this._model.status === 'running';
    if (running && this._ticks === undefined) {
      this._ticks = setInterval(() => this.request(), SECOND);
    } else if (!running && this._ticks !== undefined) {
      clearInterval(this._ticks);
      this._ticks = undefined;
    }
  }
}
