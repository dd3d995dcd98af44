/** Finding nodes of a run: by text, and those that failed, were slow or were expensive. */

import type { Node, RunModel } from '../model';
import { ExactSearch, type SearchExact } from './exact';
import { Needle, searching, type Excerpt, type Found, type Query } from './search';
import { Sliced } from '../model/slices';

export interface Matches {
  readonly query: Query;
  readonly hits: ReadonlySet<Node>;
  /** The hits and all that they are part of. */
  readonly shown: ReadonlySet<Node>;
  /** Whether the whole run has been searched. */
  readonly complete: boolean;
  /** Whether long texts were searched in full, or are being so. */
  readonly exact: boolean;
  /** Where the text that is looked for is in a node; null where it is not, or none is. */
  excerpt(node: Node): Excerpt | null;
}

/** Milliseconds that a search holds the page at once. */
const SLICE = 10;
/** Milliseconds between two reports of a search that goes on. */
const REPORT = 120;
/** Milliseconds after which a search of a run that has changed begins again. */
const AGAIN = 500;

const NOWHERE: ReadonlySet<string> = new Set();

export const EVERYTHING: Query = { text: '', failed: false, slow: false, expensive: false };

/** Whether a query asks for anything. */
export function asks(query: Query): boolean {
  return query.text.trim() !== '' || query.failed || query.slow || query.expensive;
}

/** Searches a run in slices, so that the page stays responsive; and again when it has changed. */
export class Filter {
  private readonly _model: RunModel;
  private readonly _tell: (matches: Matches | null) => void;
  private readonly _stopListening: () => void;
  private _query = EVERYTHING;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _needle: Needle | null = null;
  private _exact: ExactSearch | null = null;
  private _isSearching = false;
  /** Whether more became known since the search began that goes on. */
  private _isStale = false;

  /**
   * @param tell - Called with what was found so far, and with null when nothing is asked.
   * @param searchExact - Finds what the texts, as they have come, are too short to hold.
   */
  constructor(
    model: RunModel,
    tell: (matches: Matches | null) => void,
    private readonly _searchExact?: SearchExact
  ) {
    this._model = model;
    this._tell = tell;
    this._stopListening = model.onChange(() => {
      if (asks(this._query) && this._timer === undefined) {
        this._later(() => {
          void this._exact?.goOn();
          this._search();
        }, AGAIN);
      }
    });
  }

  get query(): Query {
    return this._query;
  }

  set query(query: Query) {
    const text = query.text.trim();
    if (text !== this._query.text.trim()) {
      this._needle = text ? new Needle(text) : null;
      this._lookFor(text);
    }
    this._query = query;
    this._cancel();
    if (asks(query)) {
      this._search();
    } else {
      this._tell(null);
    }
  }

  dispose(): void {
    this._stopListening();
    this._exact?.dispose();
    this._cancel();
  }

  /** Have a text looked for in the exact texts, and add what is found there as it comes. */
  private _lookFor(text: string): void {
    this._exact?.dispose();
    this._exact =
      text && this._searchExact
        ? new ExactSearch(text, this._searchExact, () => this._searchAgain())
        : null;
    void this._exact?.goOn();
  }

  /** More is known: search again, once a search that goes on has come to its end. */
  private _searchAgain(): void {
    if (this._isSearching) {
      this._isStale = true;
    } else {
      this._cancel();
      this._search();
    }
  }

  private _search(): void {
    this._isStale = false;
    const found = { hits: new Set<Node>(), shown: new Set<Node>() };
    const search = new Sliced(
      searching(this._model, this._query, this._needle, this._exact?.spans ?? NOWHERE, found)
    );
    this._continue(search, found, 0);
  }

  private _continue(search: Sliced, found: Found, told: number): void {
    const isOver = search.runFor(SLICE);
    const complete = isOver && !this._isStale;
    this._isSearching = !isOver;
    const now = performance.now();
    const report = complete || now - told > REPORT;
    if (report) {
      this._tell(this._matches(found, complete));
    }
    if (!isOver) {
      this._later(() => this._continue(search, found, report ? now : told), 0);
    } else if (this._isStale) {
      this._later(() => this._search(), 0);
    }
  }

  private _matches(found: Found, complete: boolean): Matches {
    const needle = this._needle;
    const excerpt = (node: Node): Excerpt | null => needle?.excerpt(node) ?? null;
    const exact = this._exact?.hasFailed === false;
    const isAll = complete && this._exact?.isDone !== false;
    return { ...found, query: this._query, complete: isAll, exact, excerpt };
  }

  private _later(task: () => void, wait: number): void {
    this._timer = setTimeout(() => {
      this._timer = undefined;
      task();
    }, wait);
  }

  private _cancel(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
    this._isSearching = false;
  }
}
