/** All there is to read about one node of a run. */

import type { Node, RunModel } from '../model';
import { branchPoint } from './branch';
import { iconButton } from './buttons';
import { cutsIn } from './cuts';
import { figuresOf } from './detail-figures';
import { nodesRead, sectionsOf, type Section } from './detail-sections';
import { el, setAttribute, setChildren, setText, show, type View } from './dom';
import { Fold } from './fold';
import { icon, setIcon } from './icons';
import * as labels from './labels';
import { Pulse, wallClock } from './pulse';
import type { Trans } from './trans';
import type { Wholes } from './wholes';

export interface DetailOptions {
  trans: Trans;
  /** The Unix time, by default the browser's. */
  now?: () => number;
  /** Shows a button that leads to the node's cell. */
  onReveal?: (node: Node) => void;
  /** Whether a node has a cell; by default each has. */
  hasCell?: (node: Node) => boolean;
  /** Shows a button, where a run may be left for another way after the node's step. */
  onBranch?: (step: number) => void;
  /** Gets the whole of texts that came shortened. */
  wholes?: Wholes;
  /** Shows a button that closes the view. */
  onClose?: () => void;
}

export class DetailView implements View {
  readonly element: HTMLElement;
  private readonly _icon = icon('done');
  private readonly _label = el('h2', { class: 'rlm-detail-label' });
  private readonly _state = el('span', { class: 'rlm-detail-state' });
  private readonly _branch: HTMLButtonElement;
  private readonly _reveal: HTMLButtonElement;
  private readonly _figures = el('dl', { class: 'rlm-detail-figures' });
  private readonly _note = el('p', { class: 'rlm-note', role: 'status' });
  private readonly _sections = el('div', { class: 'rlm-detail-sections' });
  private readonly _folds = new Map<string, Fold>();
  /** By the key of a section: what the reader opened and closed, in whatever node. */
  private readonly _open = new Map<string, boolean>();
  private readonly _pulse: Pulse;
  private readonly _model: RunModel;
  private readonly _options: DetailOptions;
  private _span: string | null = null;
  private _painted = '';
  private _texts: string[] = [];

  constructor(host: HTMLElement, model: RunModel, options: DetailOptions) {
    const { trans } = options;
    this._model = model;
    this._options = options;
    setText(this._note, shortenedNote(trans));
    show(this._note, false);
    this._branch = iconButton('branch', trans.__('Branch after this step…'), () =>
      options.onBranch?.(this._branchPoint)
    );
    this._reveal = iconButton('reveal', trans.__('Go to the cell'), () => this._onReveal());
    const close = iconButton('close', trans.__('Close'), () => options.onClose?.());
    show(close, options.onClose !== undefined);
    const head = [this._icon, this._label, this._state, this._branch, this._reveal, close];
    const label = trans.__('Details of the chosen step or call');
    this.element = el(
      'section',
      { class: 'rlm-detail', 'aria-label': label },
      el('header', { class: 'rlm-detail-head' }, ...head),
      el('div', { class: 'rlm-detail-body' }, this._figures, this._note, this._sections)
    );
    host.append(this.element);
    this._pulse = new Pulse(model, () => this._paint());
    this._pulse.flush();
  }

  /** Show another node; null shows none. */
  show(span: string | null): void {
    if (span !== this._span) {
      this._span = span;
      this._painted = '';
      this._folds.clear();
      show(this._note, false);
      this._pulse.flush();
      this.element.querySelector('.rlm-detail-body')?.scrollTo?.(0, 0);
    }
  }

  dispose(): void {
    this._pulse.dispose();
    this.element.remove();
  }

  private _paint(): void {
    const node = this._span === null ? undefined : this._model.node(this._span);
    show(this.element, node !== undefined);
    if (!node) {
      return;
    }
    setAttribute(this.element, 'data-state', node.state);
    setIcon(this._icon, node.state);
    setText(this._label, labels.label(node, this._options.trans));
    setText(this._state, labels.stateWord(node.state, this._options.trans));
    show(this._branch, this._options.onBranch !== undefined && this._branchPoint > 0);
    this._paintFigures(node);
    const { wholes } = this._options;
    const events = nodesRead(node).map(part => part.detail.length);
    const key = [wholes?.version, ...events].join();
    if (key !== this._painted) {
      this._painted = key;
      this._paintSections(node);
      void this._complete(node);
    }
  }

  /** Get the whole of what came shortened, which paints it; where nobody has it, say so. */
  private async _complete(node: Node): Promise<void> {
    const { wholes } = this._options;
    const isWhole = (await wholes?.fetch(nodesRead(node))) ?? true;
    if (node.span === this._span) {
      const isShort = !isWhole && this._texts.some(text => cutsIn(text).length > 0);
      show(this._note, isShort);
    }
  }

  private _paintFigures(node: Node): void {
    const now = (this._options.now ?? wallClock)();
    const figures = figuresOf(node, now, this._options.trans).flat();
    while (this._figures.children.length < figures.length) {
      this._figures.append(el('dt'), el('dd'));
    }
    while (this._figures.children.length > figures.length) {
      this._figures.lastElementChild?.remove();
    }
    figures.forEach((text, place) => setText(this._figures.children[place] as Element, text));
  }

  private _paintSections(node: Node): void {
    const { trans, wholes, onReveal, hasCell } = this._options;
    const sections = sectionsOf(node, trans);
    const isAwaited = wholes?.has(nodesRead(node)) === false;
    const folds = sections.map(section => this._fold(section));
    setChildren(
      this._sections,
      folds.map(fold => fold.element)
    );
    sections.forEach((section, place) => folds[place]?.paint(section, isAwaited));
    this._texts = sections.map(section => section.text);
    show(this._reveal, onReveal !== undefined && (hasCell?.(node) ?? true));
  }

  private _fold(section: Section): Fold {
    let fold = this._folds.get(section.key);
    if (!fold) {
      const kind = section.key.split(' ')[0] ?? '';
      const open = this._open.get(kind) ?? !section.folded;
      fold = new Fold(this._options.trans, open, isOpen => this._open.set(kind, isOpen));
      this._folds.set(section.key, fold);
    }
    return fold;
  }

  /** The step after which to go another way; 0 where the node is of none. */
  private get _branchPoint(): number {
    const node = this._span === null ? undefined : this._model.node(this._span);
    return branchPoint(this._model, node ?? null);
  }

  private _onReveal(): void {
    const node = this._span === null ? undefined : this._model.node(this._span);
    if (node) {
      this._options.onReveal?.(node);
    }
  }
}

/** What is said where texts are shortened and nobody has the whole of them. */
export function shortenedNote(trans: Trans): string {
  return trans.__(
    'The kernel of this run is not running: texts with a mark “[… cut …]” are shortened here.'
  );
}
