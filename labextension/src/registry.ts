/** The runs that this page knows, by id: live ones, and those read from a saved notebook. */

import { ISignal, Signal } from '@lumino/signaling';
import type { RunEvent } from './events';
import { RunModel } from './model';

export class RunRegistry {
  private readonly _models = new Map<string, RunModel>();
  private readonly _added = new Signal<this, RunModel>(this);

  /** A run came to be known. */
  get added(): ISignal<this, RunModel> {
    return this._added;
  }

  get(run: string): RunModel | undefined {
    return this._models.get(run);
  }

  /** The model of a run, new and empty if it was not known. */
  of(run: string): RunModel {
    const known = this._models.get(run);
    if (known !== undefined) {
      return known;
    }
    const model = new RunModel(run);
    this._models.set(run, model);
    this._added.emit(model);
    return model;
  }

  /** Take events that were saved with a notebook; what came live is kept where both have it. */
  recall(run: string, events: readonly RunEvent[]): RunModel {
    const known = this._models.get(run);
    if (known !== undefined && known.lastSeq >= 0) {
      return known;
    }
    return this.complete(run, events);
  }

  /** Take all events there are of a run that no kernel runs: it stands as they say. */
  complete(run: string, events: readonly RunEvent[]): RunModel {
    const model = this.of(run);
    model.revive(); // it may have seemed interrupted while less was known of it
    model.addAll(events);
    model.interrupt(); // unless it ended: it was left in the middle
    return model;
  }
}
