/** Searching the exact texts of a run, which somebody else has: what comes by itself is shortened. */

/** What was found up to an event, after which there may be more to look at. */
export interface ExactPage {
  readonly spans: readonly string[];
  readonly after: number;
  readonly more: boolean;
}

/** Looks for a text in the events after one; rejects where nobody has them any more. */
export type SearchExact = (text: string, after: number) => Promise<ExactPage>;

/** A search for one text, which goes on where it was when there is more of the run. */
export class ExactSearch {
  /** The spans that hold the text, as far as is known. */
  readonly spans = new Set<string>();
  private _after = -1;
  private _state: 'searching' | 'done' | 'failed' = 'searching';
  private _isBusy = false;
  private _isDisposed = false;

  /** `tell` is called when more is known than before. */
  constructor(
    private readonly _text: string,
    private readonly _search: SearchExact,
    private readonly _tell: () => void
  ) {}

  /** Whether all there was has been looked at, or cannot be. */
  get isDone(): boolean {
    return this._state !== 'searching';
  }

  /** Whether nobody answered: then what is found is what the shortened texts hold. */
  get hasFailed(): boolean {
    return this._state === 'failed';
  }

  /** Look at what has not been looked at. */
  async goOn(): Promise<void> {
    if (this._isBusy) {
      return;
    }
    const [known, before] = [this.spans.size, this._state];
    this._isBusy = true;
    try {
      while (await this._turnPage()) {
        // One page after the other, each as long as the kernel takes for it.
      }
      this._state = 'done';
    } catch {
      this._state = 'failed';
    }
    this._isBusy = false;
    if (!this._isDisposed && (this.spans.size !== known || this._state !== before)) {
      this._tell();
    }
  }

  dispose(): void {
    this._isDisposed = true;
  }

  private async _turnPage(): Promise<boolean> {
    const { spans, after, more } = await this._search(this._text, this._after);
    const known = this.spans.size;
    spans.forEach(span => this.spans.add(span));
    this._after = after;
    if (more && this.spans.size > known && !this._isDisposed) {
      this._tell();
    }
    return more && !this._isDisposed;
  }
}
