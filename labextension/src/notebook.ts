/** One open notebook: the line to its kernel, its runs, and its model's cells. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { KernelMessage as Jupyter } from '@jupyterlab/services';
import type { JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { runShownBy } from './about';
import { CellBook } from './book';
import { CellWriter } from './cells';
import { releaseCopies } from './copies';
import type { RunEvent } from './events';
import { type EventPage, Gaps } from './gaps';
import { Greeter } from './greeter';
import { KnownRuns } from './known-runs';
import { CardsLeftBehind } from './left-behind';
import { KernelLink } from './link';
import { ROOT } from './model/spans';
import { placeBelow, placeOf } from './places';
import type { GoingOn, Greeting, KernelMessage, Question, RunBatch, RunRecord } from './protocol';
import type { Reception } from './reception';
import type { RunRegistry } from './registry';
import { ScheduledCells } from './scheduled';
import { steady } from './steady';
import { isWanted, wantedOf } from './wanted';

export class NotebookRuns implements IDisposable {
  private readonly _views: NotebookPanel[] = [];
  private _link: KernelLink | null = null;
  private _writer: CellWriter | null = null;
  private readonly _greeter = new Greeter();
  private readonly _gaps: Gaps;
  private readonly _scheduled: ScheduledCells;
  private readonly _left: CardsLeftBehind;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _known: KnownRuns;
  private _isDisposed = false;

  constructor(
    panel: NotebookPanel,
    private readonly _registry: RunRegistry,
    private readonly _reception: Reception
  ) {
    this.addView(panel);
    this._known = new KnownRuns(_registry, () => this._changed.emit());
    this._gaps = new Gaps(_registry, async (run, after) =>
      this._link?.request<EventPage>('events', { run, after })
    );
    this._scheduled = new ScheduledCells(view => this._views.some(other => other.content === view));
    const session = panel.sessionContext;
    session.kernelChanged.connect(this._connect, this);
    session.statusChanged.connect(this._onStatus, this);
    session.iopubMessage.connect(this._onPublished, this);
    this._connect();
    this._left = new CardsLeftBehind(new CellBook(() => this.panel), _registry);
    void panel.context.ready.then(() => {
      if (!this._isDisposed && panel.content.model !== null) {
        releaseCopies(panel.content.model, new CellBook(() => this.panel));
      }
    });
  }

  /** The view of the notebook that is to be seen, or the first one. */
  get panel(): NotebookPanel {
    return this._views.find(view => view.isVisible) ?? this._views[0]!;
  }

  /** The same notebook was opened in one more view; the last one to be closed ends this. */
  addView(panel: NotebookPanel): void {
    this._views.push(panel);
    panel.disposed.connect(() => {
      if (this._views.length === 1) {
        this.dispose();
      } else {
        this._views.splice(this._views.indexOf(panel), 1);
        this._writer?.changeView();
      }
    });
  }

  /** The ids of the notebook's runs, in the order in which they began or went on last. */
  get runs(): readonly string[] {
    return this._known.ids;
  }

  /** Those and the runs whose cards the notebook holds, which a kernel that has ended knows no more. */
  get runsToShow(): readonly string[] {
    const cells = Array.from(this.panel.content.model?.cells ?? []);
    const saved = cells.map(cell => runShownBy(cell) ?? '');
    const known = saved.filter(run => this._registry.get(run) !== undefined);
    return [...new Set([...known, ...this._known.ids])];
  }

  /** Whether the kernel of now has a run: not one whose kernel has ended, and that was not resumed. */
  owns(run: string): boolean {
    return this._known.live.includes(run);
  }

  /** Whether a branch of a run, or a branch of one, has begun since the run went on last. */
  isLeft(run: string): boolean {
    return this._known.isLeft(run);
  }

  /** The line to the kernel, if there is one that knows the extension. */
  get link(): KernelLink | null {
    return this._link;
  }

  /** Runs came or went, or the kernel did. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The place below the last cell of a run, or at the end of the notebook. */
  placeBelow(run: string): number {
    return placeBelow(this.panel.content, run);
  }

  /** How a command names a run, and the ids of the cells that ran since it stands still. */
  async goingOn(run: string): Promise<GoingOn> {
    const unknown: GoingOn = { isLatest: false, since: [] };
    const known = this._link?.request<GoingOn>('going_on', { run });
    return (await known?.catch(() => unknown)) ?? unknown;
  }

  /** Whether there is a cell that a span is about. */
  hasCell(run: string, span: string): boolean {
    return placeOf(this.panel.content, run, span, this._registry) >= 0;
  }

  /** Bring the cell that a span is about into view, and make it the active one. */
  reveal(run: string, span: string): void {
    const { content } = this.panel;
    const index = placeOf(content, run, span, this._registry);
    if (index >= 0) {
      content.activeCellIndex = index;
      void content.scrollToItem(index, 'center');
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    this._scheduled.dispose();
    this._disconnect();
  }

  // -- the kernel comes and goes ----------------------------------------------------------

  private _connect(): void {
    if (this._link !== null) {
      this._standStill(); // another kernel takes the place of one that was shut down
    }
    this._disconnect();
    const kernel = this.panel.sessionContext.session?.kernel;
    if (!kernel) {
      return;
    }
    const link = new KernelLink(kernel, this._reception);
    this._link = link;
    this._writer = new CellWriter(
      () => this.panel,
      link,
      run => void this._rebuild(run)
    );
    link.received.connect((_, message) => this._receive(message));
    link.greeted.connect((_, greeting) => void this._greet(greeting));
    void this.panel.context.ready.then(() => {
      if (!link.isDisposed) {
        this._greeter.meet(link, this.panel.content);
      }
    });
  }

  private _disconnect(): void {
    this._writer?.dispose();
    this._link?.dispose();
    this._writer = this._link = null;
  }

  private _onPublished(_: unknown, message: Jupyter.IMessage): void {
    this._greeter.note(message);
  }

  private _onStatus(_: unknown, status: string): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._standStill();
    } else if (status === 'idle') {
      this._greeter.meetAgain(this._link);
      this._gaps.fillAgain();
      this._settle();
    }
  }

  /** The kernel has ended, and with it what ran. */
  private _standStill(): void {
    this._link?.forget();
    this._writer?.standStill();
    this._known.ids.forEach(run => this._registry.get(run)?.interrupt());
    this._gaps.forget();
    this._changed.emit();
  }

  /** Let cards that a kernel has left say what became of their runs. */
  private _settle(): void {
    if (this._link?.isGreeted && this._writer) {
      void this._left.settle(this._link, this._writer, this._known.live);
    }
  }

  // -- what it says -----------------------------------------------------------------------

  private _receive(message: KernelMessage): void {
    switch (message.kind) {
      case 'goodbye':
        return this._link?.forget();
      case 'question':
        return this._link?.answer(message.id, this._answer(message));
      case 'run':
        return this._takeBatch(message);
    }
  }

  private _answer(question: Question): JSONValue {
    switch (question.ask) {
      case 'scheduled':
        return this._scheduled.take(question.code);
      case 'holds':
        return this._writer?.held(question.runs) ?? [];
    }
  }

  private _takeBatch(batch: RunBatch): void {
    this._known.addLive(batch.run);
    if (this._gaps.isBefore(batch)) {
      void this._rebuild(batch.run);
    }
    const events: RunEvent[] = [];
    for (const part of batch.parts) {
      if ('event' in part) {
        events.push(part.event);
      } else if (isWanted(part.cell, this._reception.preferences)) {
        this._writer?.apply(batch.run, part.cell);
      }
    }
    if (this._link?.isGreeted === true) {
      this._registry.of(batch.run).revive(); // its card came before its events, and seemed left over
    }
    this._registry.of(batch.run).addAll(events);
    if (events.some(goesOn)) {
      this._known.goOn(batch.run);
    }
    steady(this._views);
    if (events.some(standsStill)) {
      this._writer?.completeCard(batch.run);
    }
  }

  private async _greet(greeting: Greeting): Promise<void> {
    this._known.begin(greeting.runs.map(({ id }) => id));
    this._left.begin();
    this._settle();
    for (const run of greeting.runs) {
      this._known.add(run.id);
      await this._gaps.fill(run.id);
      if (run.status === 'running') {
        this._registry.of(run.id).revive(); // a copy that was saved in its middle seemed interrupted
      }
      await this._rebuild(run.id);
    }
    this._changed.emit();
  }

  /** Make the cells of a run what the kernel has of them. */
  private async _rebuild(run: string): Promise<void> {
    const writer = this._writer;
    const record = await this._link?.request<RunRecord>('cells', { run }).catch(() => undefined);
    if (record && writer?.isDisposed === false) {
      writer.rebuild(run, wantedOf(record, this._reception.preferences));
    }
  }
}

/** Whether a run that stood still goes on with an event. */
function goesOn(event: RunEvent): boolean {
  return event.span === ROOT && event.type === 'run_resumed';
}

/** Whether a run ended with an event, or paused. */
function standsStill(event: RunEvent): boolean {
  return event.span === ROOT && (event.type === 'run_finished' || event.type === 'run_paused');
}
