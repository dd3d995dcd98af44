/** The side panel: the runs of the notebook that is worked in, and the one that is chosen. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import type { RunEvent } from './events';
import type { RunModel } from './model';
import { FirstWidth } from './first-width';
import { originOf } from './model/origin';
import { NamespaceView } from './namespace';
import type { NotebookRuns } from './notebook';
import type { RunRegistry } from './registry';
import type { INotebooks } from './tokens';
import type { ExactPage } from './view/exact';
import { el, on, setChildren, setText, show } from './view/dom';
import { RunView } from './view/run';
import { nameOf } from './view/run-name';

/** What the panel lets its reader do elsewhere. */
export interface PanelActions {
  /** Write a question about a name. */
  ask(about: string): void;
  /** Go another way after a step of a run. */
  branch(run: string, step: number): void;
}

export class RunPanel extends Widget {
  private readonly _choice: HTMLSelectElement;
  private readonly _empty: HTMLElement;
  private readonly _body = el('div', { class: 'rlm-panel-body' });
  /** Makes room for the panel when it shows first. */
  readonly firstWidth = new FirstWidth(this);
  private _view: RunView | null = null;
  private _parts: { dispose(): void }[] = [];
  private _run = '';
  /** The latest run of the notebook, the last time it was looked for. */
  private _latest = '';
  /** A run that has begun while an older one was shown. */
  private _fresh = '';
  private readonly _options = new Map<string, HTMLOptionElement>();

  constructor(
    private readonly _notebooks: INotebooks,
    private readonly _registry: RunRegistry,
    private readonly _trans: TranslationBundle,
    private readonly _act: PanelActions
  ) {
    super();
    this.id = 'rlm-panel';
    this.addClass('rlm-side-panel');
    this._choice = el('select', { 'aria-label': _trans.__('Run') });
    this._empty = el('p', { class: 'rlm-panel-empty' });
    this.node.append(el('header', {}, this._choice), this._empty, this._body);
    on(this._choice, 'change', () => this.open(this._choice.value, null));
    _notebooks.changed.connect(this._refresh, this);
    _registry.added.connect(this._refresh, this);
    this._refresh();
  }

  /** Show a run, and a node of it. */
  open(run: string, span: string | null): void {
    const model = this._registry.get(run);
    if (model === undefined) {
      return;
    }
    this._fresh = '';
    if (this._run !== run) {
      this._clear();
      this._run = run;
      this._fill(model);
    }
    this._choice.value = run;
    if (span !== null) {
      this._view?.select(span);
    }
  }

  /** Somebody went to it, perhaps by a key: they go on from there. */
  protected override onActivateRequest(): void {
    if (this._view === null) {
      this._choice.focus();
    } else {
      this._view.focus();
    }
  }

  protected override onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this.firstWidth.look();
  }

  override dispose(): void {
    this._notebooks.changed.disconnect(this._refresh, this);
    this._clear();
    super.dispose();
  }

  private _fill(model: RunModel): void {
    const names = new NamespaceView(() => this._notebook, this._trans, this._act.ask);
    this._view = new RunView(this._body, model, {
      trans: this._trans,
      onReveal: node => this._owner?.reveal(model.id, node.span),
      hasCell: node => this._owner?.hasCell(model.id, node.span) ?? false,
      onBranch: step => this._act.branch(model.id, step),
      askWhole: spans => this._askWhole(model.id, spans),
      searchExact: (text, after) => this._ask<ExactPage>('search', { run: model.id, text, after })
    });
    this._view.addSearchable(this._trans.__('Namespace'), names.element, names, () =>
      names.shown()
    );
    this._parts = [names];
  }

  private _clear(): void {
    this._parts.forEach(part => part.dispose());
    this._parts = [];
    this._view?.dispose();
    this._view = null;
    this._run = '';
  }

  private get _notebook(): NotebookRuns | undefined {
    return this._notebooks.current;
  }

  /** The notebook of the run that shows. */
  private get _owner(): NotebookRuns | undefined {
    return this._notebooks.withRun(this._run) ?? this._notebook;
  }

  private async _askWhole(run: string, spans: readonly string[]): Promise<readonly RunEvent[]> {
    const found = await this._ask<{ events: RunEvent[] }>('span', { run, spans: [...spans] });
    return found.events;
  }

  /** Ask the kernel of the run, also while it is busy; rejects where there is none. */
  private async _ask<T>(op: string, content: JSONObject): Promise<T> {
    const link = this._owner?.link;
    if (!link) {
      throw new Error(this._trans.__('The kernel of this run is not running.'));
    }
    return link.request<T>(op, content);
  }

  private _refresh(): void {
    const runs = [...(this._notebook?.runsToShow ?? [])].reverse();
    setChildren(
      this._choice,
      runs.map(run => this._option(run))
    );
    show(this._choice.parentElement!, runs.length > 0);
    show(this._empty, runs.length === 0);
    const none = this._trans.__(
      'This notebook has no run yet. Ask a question in a cell with %1.',
      '%%rlm' // a translation would take two of them for one
    );
    setText(this._empty, none);
    this._showOneOf(runs);
  }

  /** The run that shows stays, except for one that begins while the latest shows. */
  private _showOneOf(runs: readonly string[]): void {
    const [latest] = runs;
    const followed = this._run === this._latest ? latest : this._run;
    const first = runs.includes(this._run) ? followed : latest;
    const isFresh = latest !== undefined && latest !== this._latest;
    this._latest = latest ?? '';
    if (first === undefined) {
      this._clear();
    } else {
      this.open(first, null);
      this._fresh = isFresh && first !== latest ? latest : this._fresh;
    }
  }

  /** A branch takes the place of the run it comes from, also of one that is not the latest. */
  private _followBranch(model: RunModel): void {
    if (model.id === this._fresh && originOf(model)?.run === this._run) {
      this.open(model.id, null);
    }
  }

  private _option(run: string): HTMLOptionElement {
    const known = this._options.get(run);
    if (known !== undefined) {
      return known;
    }
    const option = el('option', { value: run }, run);
    this._options.set(run, option);
    const model = this._registry.of(run);
    const name = (): void => {
      option.title = nameOf(model, this._trans);
      setText(option, option.title);
    };
    // As lasting as the page, as the model is.
    model.onChange(() => {
      name();
      this._followBranch(model);
    });
    name();
    return option;
  }
}
