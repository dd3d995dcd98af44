/** A run to look into: its tree and its timeline, a search over both, and what is chosen. */

import type { Node, RunModel } from '../model';
import { DetailView } from './detail';
import { el, on, setAttribute, setText, show, type View } from './dom';
import type { SearchExact } from './exact';
import { Filter, type Matches } from './filter';
import * as format from './format';
import { icon } from './icons';
import { MessagesView } from './messages';
import type { Query } from './search';
import { Splitter } from './splitter';
import { Tabs } from './tabs';
import { TimelineView } from './timeline';
import type { Trans } from './trans';
import { TreeView } from './tree';
import { Wholes, type AskWhole } from './wholes';

export interface RunOptions {
  trans: Trans;
  /** The Unix time, by default the browser's. */
  now?: () => number;
  /** A node was chosen; null: none is any more. */
  onSelect?: (node: Node | null) => void;
  /** Shows a button that leads from a node to its cell. */
  onReveal?: (node: Node) => void;
  /** Whether a node has a cell; by default each has. */
  hasCell?: (node: Node) => boolean;
  /** Shows a button, where a run may be left for another way after a node's step. */
  onBranch?: (step: number) => void;
  /** Gives all that was recorded about some spans, whose events may have come shortened. */
  askWhole?: AskWhole;
  /** Searches all that was recorded. */
  searchExact?: SearchExact;
}

/** The search of a panel that shows no part of the run. */
export interface OwnSearch {
  readonly label: string;
  readonly asked: string;
  ask(text: string): void;
}

/** Milliseconds after the last key that a search begins. */
const TYPING = 150;

type Toggle = 'failed' | 'slow' | 'expensive';

export class RunView implements View {
  readonly element: HTMLElement;
  /** Where the host may add panels of its own, which tree and timeline are two of. */
  readonly tabs: Tabs;
  /** Give the focus to what shows. */
  focus(): void {
    if (!this._treePanel.hidden) {
      this._tree.focus();
    } else if (!this._timelinePanel.hidden) {
      this._timeline.focus();
    } else {
      this.tabs.focus();
    }
  }

  private readonly _search: HTMLInputElement;
  private readonly _found = el('span', { class: 'rlm-found', role: 'status' });
  private readonly _note: HTMLElement;
  private readonly _toggles: HTMLButtonElement[];
  private readonly _kinds = el('div', { class: 'rlm-toggles' });
  /** Of panels that are searched by themselves. */
  private readonly _own = new Map<HTMLElement, OwnSearch>();
  private _asksIn: OwnSearch | null = null;
  private readonly _split: HTMLElement;
  private readonly _splitter: Splitter;
  private readonly _treePanel = el('div');
  private readonly _timelinePanel = el('div');
  private readonly _messagesPanel = el('div');
  private readonly _tree: TreeView;
  private readonly _timeline: TimelineView;
  private readonly _messages: MessagesView;
  private readonly _detail: DetailView;
  private readonly _filter: Filter;
  private readonly _model: RunModel;
  private readonly _options: RunOptions;
  /** Whether texts were searched that are shortened. */
  private _isShortened = false;
  private _typing: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, model: RunModel, options: RunOptions) {
    const { trans } = options;
    this._model = model;
    this._options = options;
    this.tabs = new Tabs(trans.__('Views of the run'), panel => this._searchIn(panel));
    this._search = el('input', { type: 'search', spellcheck: 'false' });
    this._note = el(
      'p',
      { class: 'rlm-search-note' },
      trans.__('Long texts are searched as far as they have come, shortened.')
    );
    show(this._note, false);
    this._toggles = this._makeToggles();
    this._split = el('div', { class: 'rlm-split' }, this.tabs.panels);
    this._splitter = new Splitter(this._split, trans.__('Size of the details'), 55);
    this._split.append(this._splitter.element);
    this.element = el('div', { class: 'rlm-run' }, this._bar(), this._note, this._split);
    host.append(this.element);

    const wholes = options.askWhole ? { wholes: new Wholes(model, options.askWhole) } : {};
    this.tabs.add(trans.__('Tree'), this._treePanel);
    this.tabs.add(trans.__('Timeline'), this._timelinePanel);
    this.tabs.add(trans.__('Messages'), this._messagesPanel, () => this._messages.shown());
    this._tree = new TreeView(this._treePanel, model, {
      trans,
      onSelect: node => this._choose(node.span)
    });
    this._timeline = new TimelineView(this._timelinePanel, model, {
      ...options,
      onSelect: node => this.select(node.span)
    });
    this._messages = new MessagesView(this._messagesPanel, model, {
      ...{ trans, ...wholes },
      onSelect: step => this.select(step.span)
    });
    const onClose = (): void => this._close();
    this._detail = new DetailView(this._split, model, { ...options, ...wholes, onClose });
    this._filter = new Filter(model, matches => this._show(matches), options.searchExact);
    this._listen();
    this._searchIn(null);
    this._mark(null);
  }

  /** Choose a node and show all about it; null closes that. */
  select(span: string | null): void {
    this._tree.select(span);
    this._choose(span);
  }

  /** What is asked for now. */
  get asked(): Query {
    return this._filter.query;
  }

  /** Ask for what a query says. */
  query(query: Query): void {
    if (this._asksIn === null) {
      this._search.value = query.text;
    }
    for (const toggle of this._toggles) {
      setAttribute(toggle, 'aria-pressed', String(query[toggle.name as Toggle]));
    }
    this._filter.query = query;
  }

  /** Add a panel of the host's that is searched by itself: the field gives it what is typed. */
  addSearchable(label: string, panel: HTMLElement, search: OwnSearch, onShow?: () => void): void {
    this._own.set(panel, search);
    this.tabs.add(label, panel, onShow);
  }

  dispose(): void {
    clearTimeout(this._typing);
    this._filter.dispose();
    for (const view of [this._tree, this._timeline, this._messages, this._detail]) {
      view.dispose();
    }
    this.element.remove();
  }

  private _bar(): HTMLElement {
    const toggles = this._kinds;
    toggles.append(...this._toggles);
    const field = el('label', { class: 'rlm-search' }, icon('search'), this._search, this._found);
    const filters = el('div', { class: 'rlm-filters', role: 'search' }, field, toggles);
    return el('div', { class: 'rlm-run-bar' }, this.tabs.strip, filters);
  }

  private _makeToggles(): HTMLButtonElement[] {
    const { trans } = this._options;
    const kinds: [Toggle, string, string][] = [
      ['failed', trans.__('Failed'), trans.__('Calls and cells that failed')],
      ['slow', trans.__('Slow'), trans.__('The slowest 5 %, at least twice the median')],
      ['expensive', trans.__('Expensive'), trans.__('The costliest 5 %, at least twice the median')]
    ];
    return kinds.map(([name, label, title]) => {
      const attributes = {
        type: 'button',
        name,
        title,
        class: 'rlm-toggle',
        'aria-pressed': 'false'
      };
      return el('button', attributes, label);
    });
  }

  private _listen(): void {
    on(this._search, 'input', () => {
      clearTimeout(this._typing);
      const own = this._asksIn;
      const ask = own === null ? () => this._ask({}) : () => own.ask(this._search.value);
      this._typing = setTimeout(ask, TYPING);
    });
    on(this._search, 'keydown', event => {
      if (event.key === 'Escape' && this._search.value) {
        event.stopPropagation();
        clearTimeout(this._typing);
        this._search.value = '';
        if (this._asksIn === null) {
          this._ask({});
        } else {
          this._asksIn.ask('');
        }
      }
    });
    on(this._split, 'keydown', event => {
      if (event.key === 'Escape' && this._split.hasAttribute('data-chosen')) {
        event.stopPropagation();
        this._close();
      }
    });
    for (const toggle of this._toggles) {
      const name = toggle.name as Toggle;
      on(toggle, 'click', () => this._ask({ [name]: !this._filter.query[name] }));
    }
  }

  private _ask(change: Partial<Query>): void {
    this.query({ ...this._filter.query, text: this._search.value, ...change });
  }

  /** What is typed is looked for in the run, or in a panel that has a search of its own. */
  private _searchIn(panel: HTMLElement | null): void {
    const { trans } = this._options;
    clearTimeout(this._typing);
    this._asksIn = (panel && this._own.get(panel)) ?? null;
    const label = this._asksIn?.label ?? trans.__('Search prompts, replies, code');
    this._search.placeholder = label;
    setAttribute(this._search, 'aria-label', label);
    this._search.value = this._asksIn?.asked ?? this._filter.query.text;
    const isOfRun = this._asksIn === null;
    [this._kinds, this._found].forEach(part => show(part, isOfRun));
    show(this._note, isOfRun && this._isShortened);
  }

  private _show(matches: Matches | null): void {
    const { trans } = this._options;
    const found = matches ? format.count(matches.hits.size) : '';
    setText(this._found, matches?.complete === false ? trans.__('%1…', found) : found);
    const isShortened = matches !== null && !matches.exact && matches.query.text.trim() !== '';
    this._isShortened = !!this._options.askWhole && isShortened;
    show(this._note, this._asksIn === null && this._isShortened);
    this._tree.filter(matches);
    this._timeline.filter(matches);
  }

  private _close(): void {
    this.select(null);
    this.focus();
  }

  private _choose(span: string | null): void {
    const node = span === null ? null : (this._model.node(span) ?? null);
    this._mark(span);
    this._messages.follow(node);
    this._options.onSelect?.(node);
  }

  private _mark(span: string | null): void {
    const isChosen = span !== null && this._model.node(span) !== undefined;
    this._timeline.select(span);
    this._detail.show(span);
    setAttribute(this._split, 'data-chosen', isChosen);
    show(this._splitter.element, isChosen);
  }
}
