/** All there is to read about one node of a run. */

import type { Node, RunModel } from '../model';
import { copyButton, iconButton } from './buttons';
import { figuresOf } from './detail-figures';
import { sectionsOf, type Section } from './detail-sections';
import { el, on, setAttribute, setChildren, setText, show, type View } from './dom';
import * as format from './format';
import { icon, setIcon } from './icons';
import { LongText } from './longtext';
import * as labels from './labels';
import { Pulse, wallClock } from './pulse';
import type { Trans } from './trans';

/** Characters from which it is worth telling how long a text is. */
const LONG = 1000;

export interface DetailOptions {
  trans: Trans;
  /** The Unix time, by default the browser's. */
  now?: () => number;
  /** Shows a button that leads to the node's cell. */
  onReveal?: (node: Node) => void;
  /** Shows a button that closes the view. */
  onClose?: () => void;
}

export class DetailView implements View {
  readonly element: HTMLElement;
  private readonly _icon = icon('done');
  private readonly _label = el('h2', { class: 'rlm-detail-label' });
  private readonly _state = el('span', { class: 'rlm-detail-state' });
  private readonly _reveal: HTMLButtonElement;
  private readonly _figures = el('dl', { class: 'rlm-detail-figures' });
  private readonly _sections = el('div', { class: 'rlm-detail-sections' });
  private readonly _folds = new Map<string, Fold>();
  /** By the key of a section: what the reader opened and closed, in whatever node. */
  private readonly _open = new Map<string, boolean>();
  private readonly _pulse: Pulse;
  private readonly _model: RunModel;
  private readonly _options: DetailOptions;
  private _span: string | null = null;
  private _painted = '';

  constructor(host: HTMLElement, model: RunModel, options: DetailOptions) {
    const { trans } = options;
    this._model = model;
    this._options = options;
    this._reveal = iconButton('reveal', trans.__('Go to the cell'), () => this._onReveal());
    const close = iconButton('close', trans.__('Close'), () => options.onClose?.());
    show(this._reveal, options.onReveal !== undefined);
    show(close, options.onClose !== undefined);
    const head = [this._icon, this._label, this._state, this._reveal, close];
    const label = trans.__('Details of the chosen step or call');
    this.element = el(
      'section',
      { class: 'rlm-detail', 'aria-label': label },
      el('header', { class: 'rlm-detail-head' }, ...head),
      el('div', { class: 'rlm-detail-body' }, this._figures, this._sections)
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
    this._paintFigures(node);
    const events = [node, ...node.children].map(part => part.detail.length).join();
    if (events !== this._painted) {
      this._painted = events;
      this._paintSections(node);
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
    const sections = sectionsOf(node, this._model, this._options.trans);
    const folds = sections.map(section => this._fold(section).element);
    setChildren(this._sections, folds);
  }

  private _fold(section: Section): Fold {
    let fold = this._folds.get(section.key);
    if (!fold) {
      const kind = section.key.split(' ')[0] ?? '';
      const open = this._open.get(kind) ?? !section.folded;
      fold = new Fold(this._options.trans, open, isOpen => this._open.set(kind, isOpen));
      this._folds.set(section.key, fold);
    }
    fold.paint(section);
    return fold;
  }

  private _onReveal(): void {
    const node = this._span === null ? undefined : this._model.node(this._span);
    if (node) {
      this._options.onReveal?.(node);
    }
  }
}

/** A section with a title that opens and closes it. */
class Fold {
  readonly element: HTMLElement;
  private readonly _title = el('span', { class: 'rlm-fold-title' });
  private readonly _size = el('span', { class: 'rlm-dim' });
  private readonly _text: LongText;
  private readonly _trans: Trans;
  private _section: Section | null = null;

  constructor(trans: Trans, open: boolean, onToggle: (open: boolean) => void) {
    this._trans = trans;
    this._text = new LongText(trans, 'rlm-fold-text');
    const summary = el('summary', {}, icon('caret'), this._title, this._size);
    const details = el('details', { open }, summary, this._text.element);
    const copy = copyButton(trans, () => this._section?.text ?? '');
    // Beside the summary and not in it: a button within a button cannot be reached by keys.
    this.element = el('div', { class: 'rlm-fold' }, details, copy);
    on(details, 'toggle', () => onToggle(details.open));
  }

  paint(section: Section): void {
    const length = section.text.length;
    this._section = section;
    setText(this._title, section.title);
    setText(this._size, length < LONG ? '' : this._trans.__('%1 characters', format.count(length)));
    setAttribute(this.element, 'data-code', section.code);
    setAttribute(this.element, 'data-error', section.error);
    this._text.set(section.text);
  }
}
