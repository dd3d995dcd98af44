/** Steps of work between two looks at the clock. */
const LOOK = 64;

/** Long work that is done a slice at a time, so that the page stays responsive. */
export class Sliced {
  private readonly _work: Iterator<unknown>;

  /** `work` yields often: each time it may be left until the next slice. */
  constructor(work: Iterator<unknown>) {
    this._work = work;
  }

  /** Work for some milliseconds; returns whether that was all. */
  runFor(milliseconds: number): boolean {
    const end = performance.now() + milliseconds;
    for (let step = 1; ; step += 1) {
      if (this._work.next().done) {
        return true;
      }
      if (step % LOOK === 0 && performance.now() > end) {
        return false;
      }
    }
  }
}
