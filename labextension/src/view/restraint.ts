/** Work takes at most one part in so many of the time. */
const PART = 10;

/** Keeps work that grows with a run from taking up the page while the run goes on. */
export class Restraint {
  private readonly _again: () => void;
  private _due = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;

  /** `again` is called once work that had to wait may be tried again. */
  constructor(again: () => void) {
    this._again = again;
  }

  /** Do the work, if enough time has passed since it was last done. */
  attempt(work: () => void): void {
    const wait = this._due - performance.now();
    if (wait <= 0) {
      this.now(work);
    } else {
      this._timer ??= setTimeout(() => {
        this._timer = undefined;
        this._again();
      }, wait);
    }
  }

  /** Do the work, however long ago it was last done. */
  now(work: () => void): void {
    const began = performance.now();
    work();
    const ended = performance.now();
    this._due = Math.max(this._due, ended) + PART * (ended - began);
  }

  dispose(): void {
    clearTimeout(this._timer);
  }
}
