/** All open notebooks, each with the line to its kernel. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';
import { ROOT } from './model/spans';
import { NotebookRuns } from './notebook';
import type { Reception } from './reception';
import type { RunRegistry } from './registry';
import type { INotebooks } from './tokens';

export class Notebooks implements INotebooks {
  private readonly _all = new Map<NotebookPanel, NotebookRuns>();
  private readonly _changed = new Signal<INotebooks, void>(this);

  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _registry: RunRegistry,
    private readonly _reception: Reception
  ) {
    _tracker.forEach(panel => this._follow(panel));
    _tracker.widgetAdded.connect((_, panel) => this._follow(panel));
    _tracker.currentChanged.connect(() => this._changed.emit());
  }

  get changed(): ISignal<INotebooks, void> {
    return this._changed;
  }

  get current(): NotebookRuns | undefined {
    return this.of(this._tracker.currentWidget);
  }

  of(panel: NotebookPanel | null): NotebookRuns | undefined {
    return panel === null ? undefined : this._all.get(panel);
  }

  withId(id: string): NotebookRuns | undefined {
    return this.of([...this._all.keys()].find(panel => panel.id === id) ?? null);
  }

  withRun(run: string): NotebookRuns | undefined {
    const all = [...this._all.values()];
    const known = all.filter(notebook => notebook.runs.includes(run)); // to all that share its kernel
    return (
      known.find(notebook => notebook.hasCell(run, ROOT)) ??
      known[0] ??
      all.find(notebook => notebook.runsToShow.includes(run))
    );
  }

  private _follow(panel: NotebookPanel): void {
    const other = [...this._all.keys()].find(open => open.context === panel.context);
    const known = other && this._all.get(other);
    const runs = known ?? new NotebookRuns(panel, this._registry, this._reception);
    this._all.set(panel, runs);
    if (known) {
      known.addView(panel);
    } else {
      runs.changed.connect(() => this._changed.emit());
    }
    panel.disposed.connect(() => this._all.delete(panel));
  }
}
