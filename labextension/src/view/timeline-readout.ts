import type { Node } from '../model';
import { el, setAttribute, setText, show } from './dom';
import { lineOf, retriesOf, seconds } from './facts';
import * as format from './format';
import * as labels from './labels';
import * as phrases from './phrases';
import type { Trans } from './trans';

/** The two lines below a timeline: what the bars mean, or what one of them is. */
export class Readout {
  readonly element: HTMLElement;
  private readonly _legend: HTMLElement;
  private readonly _title = el('div', { class: 'rlm-tl-readout-title' });
  private readonly _line = el('div', { class: 'rlm-tl-readout-line' });
  private readonly _about = el('div', {}, this._title, this._line);
  private readonly _spoken = el('div', { class: 'rlm-unseen', 'aria-live': 'polite' });
  private readonly _trans: Trans;

  constructor(trans: Trans) {
    this._trans = trans;
    const meanings = [
      ['turn', trans.__('model turn')],
      ['cell', trans.__('cell')],
      ['call', trans.__('sub-call')],
      ['failed', trans.__('failed')],
      ['retried', trans.__('tried again')]
    ] as const;
    this._legend = el(
      'div',
      { class: 'rlm-tl-legend' },
      ...meanings.map(([use, name]) => {
        return el('span', {}, el('i', { 'data-use': use }), name);
      })
    );
    const parts = [this._legend, this._about, this._spoken];
    this.element = el('div', { class: 'rlm-tl-readout' }, ...parts);
    this.clear();
  }

  clear(): void {
    show(this._legend, true);
    show(this._about, false);
  }

  /** Tell of a bar; `inFlight` says how many were at that time, where they cannot be told apart. */
  tell(node: Node, now: number, inFlight: number | null): void {
    const crowd = inFlight === null ? '' : this._trans.__('%1 in flight', format.count(inFlight));
    setText(this._title, [crowd, ...factsOf(node, now, this._trans)].filter(Boolean).join(' · '));
    setText(this._line, node.kind === 'run' ? '' : lineOf(node));
    setAttribute(this._title, 'data-state', node.state);
    show(this._legend, false);
    show(this._about, true);
  }

  /** Tell a screen reader of the bar that the keys went to. */
  speak(node: Node, now: number): void {
    setText(this._spoken, [...factsOf(node, now, this._trans), lineOf(node)].join(', '));
  }
}

function factsOf(node: Node, now: number, trans: Trans): string[] {
  const used = node.tokens > 0 || node.unpriced > 0;
  const retries = retriesOf(node).length;
  return [
    labels.label(node, trans),
    node.kind === 'step' ? '' : node.model,
    stateOf(node, trans),
    retries ? trans._n('tried again once', 'tried again %1 times', retries) : '',
    format.duration(seconds(node, now)),
    used ? trans.__('%1 tokens', format.tokens(node.tokens)) : '',
    used ? phrases.cost(node) : ''
  ].filter(Boolean);
}

function stateOf(node: Node, trans: Trans): string {
  return node.state === 'done' ? '' : labels.stateWord(node.state, trans);
}
