import type { Node, NodeState } from '../model';
import { el, setAttribute, setText, show, uniqueId } from './dom';
import { errorOf, seconds } from './facts';
import * as format from './format';
import { icon, setIcon, type IconName } from './icons';
import * as labels from './labels';
import * as phrases from './phrases';
import type { Excerpt } from './search';
import type { Trans } from './trans';
import type { TreeLine } from './tree-list';

/** What a line of the tree looks like besides its node. */
export interface RowLook {
  active: boolean;
  selected: boolean;
  /** Shown only because of what is below it. */
  faint: boolean;
  /** What a search found in its texts. */
  excerpt: Excerpt | null;
}

const ICONS: Record<NodeState, IconName> = {
  running: 'running',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  paused: 'paused',
  proposed: 'proposed'
};

/** An element that shows one line of the tree after another as its reader scrolls. */
export class TreeRow {
  readonly element: HTMLElement;
  readonly id = uniqueId('row');
  private readonly _icon = icon('done');
  private readonly _label = el('span', { class: 'rlm-row-label' });
  private readonly _before = el('span');
  private readonly _found = el('mark');
  private readonly _after = el('span');
  private readonly _line = el(
    'span',
    { class: 'rlm-row-line' },
    ...[this._before, this._found, this._after]
  );
  private readonly _failed = el('span', { class: 'rlm-row-failed' });
  private readonly _calls = el('span', { class: 'rlm-row-figure rlm-row-calls' });
  private readonly _tokens = el('span', { class: 'rlm-row-figure rlm-row-tokens' });
  private readonly _cost = el('span', { class: 'rlm-row-figure rlm-row-cost' });
  private readonly _time = el('span', { class: 'rlm-row-figure' });
  private readonly _trans: Trans;

  constructor(trans: Trans) {
    this._trans = trans;
    const caret = el('span', { class: 'rlm-row-caret' }, icon('caret'));
    const texts = [this._label, this._line, this._failed];
    const figures = [this._calls, this._tokens, this._cost, this._time];
    this.element = el(
      'div',
      { class: 'rlm-row', role: 'treeitem', id: this.id },
      ...[caret, this._icon, ...texts, ...figures]
    );
  }

  paint(line: TreeLine, index: number, top: number, look: RowLook): void {
    const { element } = this;
    const { node } = line;
    element.style.transform = `translateY(${top}px)`;
    element.style.setProperty('--rlm-level', String(line.level - 1));
    element.dataset.index = String(index);
    setAttribute(element, 'data-kind', node.kind);
    setAttribute(element, 'data-state', node.state);
    setAttribute(element, 'data-active', look.active);
    setAttribute(element, 'data-faint', look.faint);
    setAttribute(element, 'aria-selected', String(look.selected));
    setAttribute(element, 'aria-level', line.level);
    setAttribute(element, 'aria-posinset', line.place);
    setAttribute(element, 'aria-setsize', line.siblings);
    setAttribute(element, 'aria-expanded', line.open === null ? null : String(line.open));
    this._paintLine(node, look.excerpt);
    this._paintNode(node);
  }

  private _paintLine(node: Node, excerpt: Excerpt | null): void {
    setText(this._before, excerpt ? excerpt.before : labels.lineBeside(node));
    setText(this._found, excerpt?.found ?? '');
    show(this._found, excerpt !== null);
    setText(this._after, excerpt?.after ?? '');
  }

  private _paintNode(node: Node): void {
    const used = node.tokens > 0 || node.unpriced > 0;
    const calls = node.kind === 'call' ? 0 : node.calls;
    setIcon(this._icon, ICONS[node.state]);
    setText(this._label, labels.shortLabel(node, this._trans));
    setText(this._failed, troubleOf(node, this._trans));
    setText(this._calls, calls ? format.count(calls) : '');
    setText(this._tokens, used ? format.tokens(node.tokens) : '');
    setText(this._cost, used ? phrases.cost(node) : '');
    setText(this._time, node.ended === null ? '…' : format.duration(seconds(node, node.ended)));
  }
}

function troubleOf(node: Node, trans: Trans): string {
  if (node.failed && node.kind !== 'call') {
    return trans.__('%1 failed', format.count(node.failed));
  }
  return node.state === 'failed'
    ? errorOf(node)
    : node.kind === 'step'
      ? phrases.fate(node, trans)
      : '';
}

/** The names of the columns; the lines themselves say them to a screen reader. */
export function heads(trans: Trans): HTMLElement {
  return el(
    'div',
    { class: 'rlm-tree-heads', 'aria-hidden': 'true' },
    el('span', { class: 'rlm-row-line' }, trans.__('Step')),
    el('span', { class: 'rlm-row-figure rlm-row-calls' }, trans.__('Calls')),
    el('span', { class: 'rlm-row-figure rlm-row-tokens' }, trans.__('Tokens')),
    el('span', { class: 'rlm-row-figure rlm-row-cost' }, trans.__('Cost')),
    el('span', { class: 'rlm-row-figure' }, trans.__('Time'))
  );
}
