/** Telling views that there is something new, no more often than they can show it. */

/** The longest that a change waits in a page that draws no frames, as a hidden one does not. */
const HIDDEN_MS = 500;

export class Listeners<Subject> {
  readonly #listeners = new Set<(subject: Subject) => void>();
  #isDue = false;

  constructor(private readonly subject: Subject) {}

  /** Returns what ends it. */
  add(listener: (subject: Subject) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Call the listeners at the next frame, once however many changes there are till then. */
  notify(): void {
    if (!this.#isDue && this.#listeners.size > 0) {
      this.#isDue = true;
      soon(() => {
        this.#isDue = false;
        this.#callAll();
      });
    }
  }

  #callAll(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(this.subject);
      } catch (error) {
        console.error('A view of a run failed', error); // the others go on
      }
    }
  }
}

function soon(task: () => void): void {
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    task();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, HIDDEN_MS);
}
