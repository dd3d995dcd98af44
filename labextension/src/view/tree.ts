/**
 * The nodes of a run as a tree. Only the lines in view are in the page, so that a hundred
 * thousand calls cost no more than thirty.
 */

import type { Node, RunModel } from '../model';
import { el, on, setAttribute, setText, show, type View } from './dom';
import type { Matches } from './filter';
import { Pulse } from './pulse';
import { Restraint } from './restraint';
import type { Trans } from './trans';
import { moveOf, TypeAhead, type TreeMove } from './tree-keys';
import { TreeList, type TreeLine } from './tree-list';
import { heads, TreeRow } from './tree-row';

export interface TreeOptions {
  trans: Trans;
  /** A node was chosen. */
  onSelect?: (node: Node) => void;
}

/** Pixels; style/tree.css says the same. */
const ROW = 24;
/** Rows kept above and below what is in view. */
const SPARE = 8;
/** However tall the view is. */
const MOST_ROWS = 200;

export class TreeView implements View {
  readonly element: HTMLElement;
  private readonly _tree: HTMLElement;
  private readonly _canvas = el('div', { class: 'rlm-tree-canvas', role: 'presentation' });
  private readonly _empty = el('div', { class: 'rlm-empty' });
  private readonly _rows: TreeRow[] = [];
  private readonly _model: RunModel;
  private readonly _list: TreeList;
  private readonly _typeAhead: TypeAhead;
  private readonly _pulse: Pulse;
  private readonly _restraint = new Restraint(() => this._pulse.request());
  private readonly _resized: ResizeObserver;
  private readonly _trans: Trans;
  private readonly _onSelect: ((node: Node) => void) | undefined;
  private _matches: Matches | null = null;
  private _active: string | null = null;
  private _selected: string | null = null;
  /** The place of the active line among the lines, -1 while it does not show. */
  private _activeAt = -1;
  /** The last event that the lines know of; null asks for them to be made anew. */
  private _laidOut: number | null = null;
  /** Whether the active line was in sight when the view was last painted. */
  private _activeInSight = false;
  private _height = 0;

  constructor(host: HTMLElement, model: RunModel, options: TreeOptions) {
    this._model = model;
    this._trans = options.trans;
    this._onSelect = options.onSelect;
    this._list = new TreeList(model);
    this._typeAhead = new TypeAhead(options.trans);
    const label = this._trans.__('Steps and calls');
    const attributes = { class: 'rlm-tree-scroller', role: 'tree', tabindex: 0 };
    this._tree = el('div', { ...attributes, 'aria-label': label }, this._canvas);
    this.element = el('div', { class: 'rlm-tree' }, heads(this._trans), this._tree, this._empty);
    host.append(this.element);
    on(this._tree, 'scroll', () => this._pulse.request(), { passive: true });
    on(this._tree, 'keydown', event => this._onKey(event));
    on(this._tree, 'click', event => this._onClick(event));
    on(this._tree, 'focus', () => this._onFocus());
    this._pulse = new Pulse(model, () => this._paint());
    this._resized = new ResizeObserver(() => this._pulse.request());
    this._resized.observe(this._tree);
    this._pulse.flush();
  }

  /** Show only what matches; null shows everything. */
  filter(matches: Matches | null): void {
    this._matches = matches;
    this._list.filter(matches);
    this._laidOut = null;
    this._pulse.request();
  }

  /** Mark a node as chosen and bring its line into view; null marks none. */
  select(span: string | null): void {
    const node = span === null ? undefined : this._model.node(span);
    this._selected = node?.span ?? null;
    if (node) {
      this._list.reveal(node);
      this._active = node.span;
      this._layoutNow();
      this._scrollTo(this._activeAt);
    }
    this._pulse.request();
  }

  focus(): void {
    this._tree.focus();
  }

  dispose(): void {
    this._pulse.dispose();
    this._resized.disconnect();
    this._restraint.dispose();
    this.element.remove();
  }

  // -- painting ---------------------------------------------------------------------------

  private _paint(): void {
    const height = this._tree.clientHeight;
    if (!height) {
      return; // not in view; the observer asks again when it is
    }
    if (height !== this._height && this._activeInSight) {
      this._scrollTo(this._activeAt); // what is chosen stays in sight when details take room
    }
    this._height = height;
    if (this._laidOut === null) {
      this._layoutNow();
    } else if (this._laidOut !== this._model.lastSeq) {
      this._restraint.attempt(() => this._layout());
    }
    const { lines } = this._list;
    const first = Math.max(0, Math.floor(this._tree.scrollTop / ROW) - SPARE);
    const wanted = Math.min(Math.ceil(height / ROW) + 2 * SPARE, MOST_ROWS);
    const last = Math.min(lines.length, first + wanted);
    this._growTo(wanted);
    const painted = new Set<TreeRow>();
    for (let index = first; index < last; index += 1) {
      // An index always falls to the same row, so that scrolling repaints only new ones.
      const row = this._rows[index % this._rows.length] as TreeRow;
      painted.add(row);
      this._paintRow(row, index);
    }
    this._rows.forEach(row => show(row.element, painted.has(row)));
    this._paintActive(first, last);
  }

  private _paintRow(row: TreeRow, index: number): void {
    const line = this._list.lines[index] as TreeLine;
    row.paint(line, index, index * ROW, {
      active: index === this._activeAt,
      selected: line.node.span === this._selected,
      faint: this._matches !== null && !this._matches.hits.has(line.node),
      excerpt: this._matches?.excerpt(line.node) ?? null
    });
  }

  private _paintActive(first: number, last: number): void {
    const inPage = this._activeAt >= first && this._activeAt < last;
    const row = inPage ? this._rows[this._activeAt % this._rows.length] : undefined;
    setAttribute(this._tree, 'aria-activedescendant', row?.id);
    this._activeInSight = inPage && this._isInSight(this._activeAt);
  }

  /** Rows are only ever added: their number depends on the height of the view alone. */
  private _growTo(wanted: number): void {
    while (this._rows.length < wanted) {
      const row = new TreeRow(this._trans);
      this._rows.push(row);
      this._canvas.append(row.element);
    }
  }

  // -- laying out -------------------------------------------------------------------------

  private _layoutNow(): void {
    this._restraint.now(() => this._layout());
  }

  private _layout(): void {
    const anchor = this._list.lines[Math.floor(this._tree.scrollTop / ROW)];
    const anchorAt = anchor ? Math.floor(this._tree.scrollTop / ROW) : -1;
    this._laidOut = this._model.lastSeq;
    this._list.layout();
    this._activeAt = this._list.indexOf(this._active);
    this._canvas.style.height = `${this._list.lines.length * ROW}px`;
    this._keepInPlace(anchor, anchorAt);
    this._paintEmpty();
  }

  /** Lines that come above what is in view do not push it away. */
  private _keepInPlace(anchor: TreeLine | undefined, before: number): void {
    if (!anchor || this._list.lines[before]?.node.span === anchor.node.span) {
      return;
    }
    const after = this._list.indexOf(anchor.node.span);
    if (after >= 0) {
      this._tree.scrollTop += (after - before) * ROW;
    }
  }

  private _paintEmpty(): void {
    const { _matches: matches, _trans: trans } = this;
    const said = !matches
      ? trans.__('No steps yet')
      : matches.complete
        ? trans.__('Nothing matches')
        : trans.__('Searching…');
    setText(this._empty, said);
    show(this._empty, !this._list.lines.length);
  }

  private _isInSight(index: number): boolean {
    const { scrollTop, clientHeight } = this._tree;
    return index * ROW >= scrollTop && (index + 1) * ROW <= scrollTop + clientHeight;
  }

  // -- acting -----------------------------------------------------------------------------

  private _onFocus(): void {
    if (this._activeAt < 0) {
      this._activate(Math.max(0, this._list.indexOf(this._selected)));
    }
  }

  private _onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const { lines } = this._list;
    const page = Math.max(1, Math.floor(this._tree.clientHeight / ROW) - 1);
    const move = moveOf(event.key, lines, this._activeAt, page) ?? this._typed(event);
    if (move) {
      event.preventDefault();
      this._do(move);
    }
  }

  private _typed(event: KeyboardEvent): TreeMove | null {
    if (event.key.length !== 1) {
      return null;
    }
    const { lines } = this._list;
    const found = this._typeAhead.find(event.key, event.timeStamp, lines, this._activeAt);
    return found === null ? null : { to: found };
  }

  private _onClick(event: MouseEvent): void {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>('.rlm-row');
    const line = this._list.lines[Number(row?.dataset.index)];
    if (!line) {
      return;
    }
    this._activate(Number(row?.dataset.index));
    const onCaret = target.closest('.rlm-row-caret') !== null && line.open !== null;
    this._do(onCaret ? { toggle: line.node, open: !line.open } : { choose: line.node });
  }

  private _do(move: TreeMove): void {
    if ('to' in move) {
      this._activate(move.to);
    } else if ('toggle' in move) {
      this._toggle([move.toggle], move.open);
    } else if ('openSiblings' in move) {
      this._toggle(move.openSiblings.children, true);
    } else {
      this._selected = move.choose.span;
      this._onSelect?.(move.choose);
      this._pulse.request();
    }
  }

  private _toggle(nodes: readonly Node[], open: boolean): void {
    nodes.forEach(node => this._list.toggle(node, open));
    this._layoutNow();
    this._pulse.request();
  }

  private _activate(index: number): void {
    const line = this._list.lines[index];
    if (line) {
      this._active = line.node.span;
      this._activeAt = index;
      this._scrollTo(index);
      this._pulse.request();
    }
  }

  private _scrollTo(index: number): void {
    if (index < 0) {
      return;
    }
    const { scrollTop, clientHeight } = this._tree;
    const top = index * ROW;
    this._activeInSight = true;
    if (top < scrollTop) {
      this._tree.scrollTop = top;
    } else if (top + ROW > scrollTop + clientHeight) {
      this._tree.scrollTop = top + ROW - clientHeight;
    }
  }
}
