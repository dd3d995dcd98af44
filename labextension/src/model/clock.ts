/** The time a run has been running, pauses not counted, as its events tell it. */

export class Clock {
  #ran = 0;
  #since: number | null = null;
  #latest = 0;

  /** The Unix time of the latest event. */
  get latest(): number {
    return this.#latest;
  }

  /** Seconds of running at the Unix time `now`. */
  seconds(now: number): number {
    if (this.#since === null) {
      return this.#ran;
    }
    return this.#ran + Math.max(0, Math.max(this.#latest, now) - this.#since);
  }

  /** Something happened at a Unix time. */
  note(time: number): void {
    this.#latest = Math.max(this.#latest, time);
  }

  start(time: number): void {
    this.#since = time;
  }

  startIfStopped(time: number): void {
    this.#since ??= time;
  }

  /** The run has stood still since the latest event. */
  stop(): void {
    this.#ran = this.seconds(this.#latest);
    this.#since = null;
  }

  /** Of a run that stands still it is known how long it ran. */
  set(seconds: number): void {
    this.#ran = seconds;
  }
}
