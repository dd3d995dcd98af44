/** The run that a widget shows: what was saved with it, what comes live, and what was missed. */

import type { RunEvent } from '../events';
import { RunModel } from '../model';
import { eventsOf } from '../model/reading';
import type { Line, Model } from './line';

/** Bytes of events in one reply: a server drops more than a megabyte a second. */
const PAGE = 200_000;
/** Milliseconds between two of them. */
const PAUSE = 400;

interface Page {
  readonly events: RunEvent[];
  readonly more: boolean;
}

export class FollowedRun {
  private _model = new RunModel();
  /** The events from the first one on, none missing. */
  private readonly _whole: RunEvent[] = [];
  /** Those behind a gap. */
  private _loose: RunEvent[] = [];
  /** Whether the model is that of a copy in which some events stand for others. */
  private _isThin: boolean;
  private _isCatchingUp = false;
  private readonly _replaced = new Set<() => void>();

  constructor(
    private readonly _widget: Model,
    private readonly _line: Line
  ) {
    const saved = eventsOf(_widget.get('saved'));
    this._model.addAll(saved);
    const gap = saved.findIndex((event, place) => event.seq !== place);
    this._isThin = gap >= 0;
    this._keep(this._isThin ? saved.slice(0, gap) : saved);
    this._interruptIfOver();
    _line.listen(events => this._take(events));
    _line.onChange(() => this._interruptIfOver());
    _widget.on('change:saved', () => this._compare());
    void this._catchUp();
  }

  /** The model of the run, until it is replaced by a more complete one. */
  get model(): RunModel {
    return this._model;
  }

  /** Be told when there is another model; returns what ends that. */
  onReplace(listener: () => void): () => void {
    this._replaced.add(listener);
    return () => this._replaced.delete(listener);
  }

  private _take(events: readonly RunEvent[]): void {
    this._model.addAll(events);
    this._keep(events);
    if (this._loose.length > 0) {
      void this._catchUp();
    }
  }

  private _keep(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.type !== 'reply_delta' && event.seq >= this._whole.length) {
        this._loose.push(event);
      }
    }
    this._loose.sort((one, other) => one.seq - other.seq);
    const gap = this._loose.findIndex(event => !this._continue(event));
    this._loose = gap < 0 ? [] : this._loose.slice(gap);
  }

  /** Take an event as the next one, unless there is a gap before it. */
  private _continue(event: RunEvent): boolean {
    if (event.seq === this._whole.length) {
      this._whole.push(event);
    }
    return event.seq < this._whole.length;
  }

  /** The run stands still and a new copy was saved, which may know what never arrived. */
  private _compare(): void {
    const last = eventsOf(this._widget.get('saved')).at(-1);
    if (last !== undefined && last.seq >= this._whole.length) {
      void this._catchUp();
    }
  }

  /** Ask for what is missing: a copy leaves out calls, and a server drops messages. */
  private async _catchUp(): Promise<void> {
    if (this._isCatchingUp) {
      return; // it sees by itself what else was missed meanwhile
    }
    this._isCatchingUp = true;
    try {
      let known: number;
      do {
        known = this._whole.length;
        await this._ask();
      } while (this._loose.length > 0 && this._whole.length > known);
      if (this._isThin) {
        this._replace();
      }
    } catch {
      // Nobody answers: what is there stays.
    } finally {
      this._isCatchingUp = false;
    }
  }

  private async _ask(): Promise<void> {
    for (let more = true; more;) {
      const after = this._whole.length - 1;
      const page = await this._line.request<Page>('events', { after, size: PAGE });
      this._keep(page.events);
      if (!this._isThin) {
        this._model.addAll(page.events);
      }
      more = page.more && this._whole.length - 1 > after;
      if (more) {
        await new Promise(resolve => setTimeout(resolve, PAUSE));
      }
    }
  }

  /** Show all events in the place of a copy that lacks some. */
  private _replace(): void {
    this._isThin = false;
    this._model = new RunModel();
    this._model.addAll([...this._whole, ...this._loose]);
    this._interruptIfOver();
    this._replaced.forEach(tell => tell());
  }

  /** A run that was running when its kernel ended runs no more. */
  private _interruptIfOver(): void {
    if (!this._line.isLive || this._widget.get('was_interrupted') === true) {
      this._model.interrupt();
    }
  }
}
