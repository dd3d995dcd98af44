/** What a run is doing at this moment, in a box whose height does not change. */

import type { Batch, Node, RunModel } from '../model';
import { last, lineOf, proposedCells, whyProposed } from './facts';
import { el, setAttribute, setChildren, setText, show } from './dom';
import * as labels from './labels';
import * as phrases from './phrases';
import { splitReply } from './reply';
import { plain, tail } from './text';
import type { Trans } from './trans';

/** Characters of the end of a reply that show while it is being written. */
const STREAM = 1_200;
const BATCHES = 2;
const CHILDREN = 1;

export class Present {
  readonly element: HTMLElement;
  private readonly _activity = el('div', { class: 'rlm-card-activity' });
  private readonly _batches = el('div', { class: 'rlm-card-batches' });
  private readonly _stream = new StreamBox();
  private readonly _proposal = el('pre', { class: 'rlm-card-proposal rlm-code', tabindex: 0 });
  private readonly _bars = new Map<string, BatchBar>();
  private readonly _children: HTMLElement[] = [];
  private readonly _trans: Trans;

  constructor(
    trans: Trans,
    private readonly _hasCell: (cell: string) => boolean = () => false
  ) {
    this._trans = trans;
    const parts = [this._activity, this._stream.element, this._batches, this._proposal];
    this.element = el('div', { class: 'rlm-card-present' }, ...parts);
  }

  paint(model: RunModel, now: number): void {
    const running = model.status === 'running';
    const proposed = model.status === 'proposed';
    show(this.element, running || proposed);
    show(this._proposal, false);
    show(this._stream.element, running && !model.batches.length);
    show(this._batches, running && model.batches.length > 0);
    if (running) {
      setText(this._activity, phrases.activity(model, now, this._trans));
      this._stream.paint(model);
      this._paintBatches(model);
    } else if (proposed) {
      const step = model.steps.at(-1);
      const why = step ? whyProposed(step) : '';
      const told = this._trans.__('Proposed, not run yet');
      setText(this._activity, plain(why ? this._trans.__('%1: %2', told, why) : told));
      const code = step ? this._proposedCode(step) : '';
      setText(this._proposal, plain(code));
      show(this._proposal, code !== '');
    }
  }

  /** The code of a step that waits to be accepted, as far as no cell beside the card has it. */
  private _proposedCode(step: Node): string {
    return proposedCells(step)
      .filter(({ number }) => !this._hasCell(`${step.span}.${number}`))
      .map(({ code }) => code)
      .join('\n\n');
  }

  private _paintBatches(model: RunModel): void {
    const open = model.batches.slice(-BATCHES);
    const bars = open.map(batch => {
      const bar = this._bars.get(batch.span) ?? new BatchBar(this._trans);
      this._bars.set(batch.span, bar);
      bar.paint(batch);
      return bar.element;
    });
    for (const span of this._bars.keys()) {
      if (!open.some(batch => batch.span === span)) {
        this._bars.delete(span);
      }
    }
    setChildren(this._batches, [...bars, ...this._childLines(model)]);
  }

  /** A line each for a few of the child runs that are running. */
  private _childLines(model: RunModel): HTMLElement[] {
    const step = model.steps.at(-1);
    const running = step ? model.childRuns(step)?.running : undefined;
    return [...(running ?? [])].slice(0, CHILDREN).map((child, place) => {
      const line = (this._children[place] ??= el('div', { class: 'rlm-card-child' }));
      setText(line, childLine(child, this._trans));
      return line;
    });
  }
}

function childLine(child: Node, trans: Trans): string {
  const step = last(child.children, part => part.kind === 'step');
  return trans.__('child at step %1: %2', step ? labels.stepNumber(step) : 0, lineOf(child));
}

/** The last lines of the reply, in a box that shows its own end. */
class StreamBox {
  private readonly _text = el('div', { class: 'rlm-card-stream-text' });
  readonly element = el('div', { class: 'rlm-card-stream' }, this._text);

  paint(model: RunModel): void {
    const { text, reasoning } = model.stream ?? { text: '', reasoning: '' };
    const { thought, cells, open } = splitReply(text);
    const code = open ? (cells.at(-1) ?? '') : '';
    setAttribute(this.element, 'data-code', code !== '');
    setText(this._text, plain(tail(code || thought || reasoning, STREAM)));
  }
}

/** How far a batch is: what is done, what failed, what is in flight. */
class BatchBar {
  private readonly _done = el('i', { class: 'rlm-bar-done' });
  private readonly _failed = el('i', { class: 'rlm-bar-failed' });
  private readonly _running = el('i', { class: 'rlm-bar-running' });
  private readonly _progress = el('span');
  private readonly _facts = el('span', { class: 'rlm-dim' });
  private readonly _bar = el(
    'div',
    { class: 'rlm-bar', role: 'progressbar', 'aria-valuemin': 0 },
    this._done,
    this._failed,
    this._running
  );
  readonly element = el(
    'div',
    { class: 'rlm-card-batch' },
    el('div', { class: 'rlm-card-batch-line' }, this._progress, this._facts),
    this._bar
  );
  private readonly _trans: Trans;

  constructor(trans: Trans) {
    this._trans = trans;
  }

  paint(batch: Batch): void {
    const progress = phrases.batchProgress(batch, this._trans);
    setText(this._progress, progress);
    setText(this._facts, phrases.batchFacts(batch, this._trans).join(' · '));
    setAttribute(this._bar, 'aria-label', progress);
    setAttribute(this._bar, 'aria-valuemax', batch.size);
    setAttribute(this._bar, 'aria-valuenow', batch.ended);
    const failed = Math.min(batch.failed, batch.ended);
    part(this._done, batch.ended - failed, batch.size);
    part(this._failed, failed, batch.size);
    part(this._running, Math.min(batch.running, batch.size - batch.ended), batch.size);
  }
}

function part(element: HTMLElement, value: number, size: number): void {
  element.style.flexBasis = `${size ? (100 * value) / size : 0}%`;
}
