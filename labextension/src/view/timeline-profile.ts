/** How many spans there are at each pixel of a line, in the mean over that pixel. */
export class Profile {
  /** What begins, less what ends, in each pixel; and the part of a pixel that is not reached. */
  private readonly _changes: Float64Array;
  private readonly _missing: Float64Array;
  private readonly _width: number;

  constructor(width: number) {
    this._width = Math.ceil(width);
    this._changes = new Float64Array(this._width + 1);
    this._missing = new Float64Array(this._width + 1);
  }

  add(from: number, to: number): void {
    const left = Math.max(0, from);
    const right = Math.min(this._width, to);
    if (right <= left) {
      return;
    }
    this._step(left, 1);
    this._step(right, -1);
  }

  means(): Float64Array {
    let running = 0;
    const means = this._changes.map((change, x) => {
      running += change;
      return running - (this._missing[x] as number);
    });
    return means.subarray(0, this._width);
  }

  /** From `at` on there are `by` more. */
  private _step(at: number, by: number): void {
    const pixel = Math.floor(at);
    this._changes[pixel] = (this._changes[pixel] as number) + by;
    this._missing[pixel] = (this._missing[pixel] as number) + by * (at - pixel);
  }
}
