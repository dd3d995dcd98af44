/** Finding nodes of a run: by text, and those that failed, were slow or were expensive. */

import type { Node, RunModel } from '../model';
import { Needle, searching, type Excerpt, type Found, type Query } from './search';
import { Sliced } from '../model/slices';

export interface Matches {
  readonly query: Query;
  readonly hits: ReadonlySet<Node>;
  /** The hits and all that they are part of. */
  readonly shown: ReadonlySet<Node>;
  /** Whether the whole run has been searched. */
  readonly complete: boolean;
  /** Where the text that is looked for is in a node; null where it is not, or none is. */
  excerpt(node: Node): Excerpt | null;
}

/** Milliseconds that a search holds the page at once. */
const SLICE = 10;
/** Milliseconds between two reports of a search that goes on. */
const REPORT = 120;
/** Milliseconds after which a search of a run that has changed begins again. */
const AGAIN = 500;

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

  /** `tell` is called with what was found so far, and with null when nothing is asked. */
  constructor(model: RunModel, tell: (matches: Matches | null) => void) {
    this._model = model;
    this._tell = tell;
    this._stopListening = model.onChange(() => {
      if (asks(this._query) && this._timer === undefined) {
        this._later(() => this._search(), AGAIN);
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
    this._cancel();
  }

  private _search(): void {
    const found = { hits: new Set<Node>(), shown: new Set<Node>() };
    const search = new Sliced(searching(this._model, this._query, this._needle, found));
    this._continue(search, found, 0);
  }

  private _continue(search: Sliced, found: Found, told: number): void {
    const complete = search.runFor(SLICE);
    const now = performance.now();
    const report = complete || now - told > REPORT;
    if (report) {
      this._tell(this._matches(found, complete));
    }
    if (!complete) {
      this._later(() => this._continue(search, found, report ? now : told), 0);
    }
  }

  private _matches(found: Found, complete: boolean): Matches {
    const needle = this._needle;
    const excerpt = (node: Node): Excerpt | null => needle?.excerpt(node) ?? null;
    return { ...found, query: this._query, complete, excerpt };
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
  }
}
