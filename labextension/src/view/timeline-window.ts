/** The part of a run's time that its timeline shows. */

/** Seconds; further in there is nothing to see. */
const NARROWEST = 0.02;

export class TimeWindow {
  from = 0;
  to = 1;
  private _extent = 1;

  /** Whether the whole run shows; it then goes on doing so while the run grows. */
  get whole(): boolean {
    return this.from <= 0 && this.to >= this._extent;
  }

  get span(): number {
    return this.to - this.from;
  }

  /** The run is `extent` seconds long now. */
  grow(extent: number): void {
    const whole = this.whole;
    this._extent = extent;
    if (whole) {
      this.showAll();
    }
  }

  showAll(): void {
    this.from = 0;
    this.to = this._extent;
  }

  /** Show `factor` times as much, with the time `around` staying where it is. */
  zoom(factor: number, around: number): void {
    const span = Math.min(this._extent, Math.max(NARROWEST, this.span * factor));
    const part = (around - this.from) / this.span;
    this._moveTo(around - part * span, span);
  }

  /** Move by a number of seconds. */
  pan(seconds: number): void {
    this._moveTo(this.from + seconds, this.span);
  }

  /** Bring a span of time into view, where it is not. */
  reveal(start: number, end: number): void {
    if (start < this.from || end > this.to) {
      const middle = (start + Math.min(end, start + this.span)) / 2;
      this._moveTo(middle - this.span / 2, this.span);
    }
  }

  private _moveTo(from: number, span: number): void {
    this.from = Math.max(0, Math.min(from, this._extent - span));
    this.to = this.from + span;
  }
}
