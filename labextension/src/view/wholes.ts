/** Whole texts: what comes of a run by itself is shortened, and the rest is asked for when it is read. */

import type { RunEvent } from '../events';
import type { Node, RunModel } from '../model';

/** Gives all that was recorded about some spans; rejects where nobody has it any more. */
export type AskWhole = (spans: readonly string[]) => Promise<readonly RunEvent[]>;

export class Wholes {
  private readonly _model: RunModel;
  private readonly _ask: AskWhole;
  /** By span: how many events of it are whole. */
  private readonly _known = new Map<string, number>();
  private _version = 0;

  constructor(model: RunModel, ask: AskWhole) {
    this._model = model;
    this._ask = ask;
  }

  /** Another number whenever texts became whole. */
  get version(): number {
    return this._version;
  }

  /** Whether all there is to read about some nodes is whole. */
  has(nodes: readonly Node[]): boolean {
    return this._missing(nodes).length === 0;
  }

  /** Ask for what is not whole yet; returns whether somebody had it. */
  async fetch(nodes: readonly Node[]): Promise<boolean> {
    const missing = this._missing(nodes);
    if (missing.length === 0) {
      return true;
    }
    let events: readonly RunEvent[];
    try {
      events = await this._ask(missing.map(({ span }) => span));
    } catch {
      return false; // the kernel is gone, or is another one
    }
    for (const { span } of missing) {
      this._known.set(span, events.filter(event => event.span === span).length);
    }
    this._version += 1;
    this._model.restore(events);
    return true;
  }

  private _missing(nodes: readonly Node[]): Node[] {
    return nodes.filter(({ span, detail }) => (this._known.get(span) ?? 0) < detail.length);
  }
}
