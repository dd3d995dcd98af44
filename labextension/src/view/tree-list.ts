import type { Node, RunModel } from '../model';
import type { Matches } from './filter';

/** A node as a line of the tree. */
export interface TreeLine {
  readonly node: Node;
  /** 1 for the steps of the run. */
  readonly level: number;
  /** Its place among the siblings that show, from 1, and how many they are. */
  readonly place: number;
  readonly siblings: number;
  /** Whether what is below it shows; null where there is nothing. */
  readonly open: boolean | null;
}

/** Steps of a run up to which all are open at first. */
const FEW_STEPS = 8;
/** Children of a node up to which it opens by itself. */
const FEW_CHILDREN = 12;

/** Which nodes of a run show in its tree, and in which order. */
export class TreeList {
  lines: TreeLine[] = [];
  private readonly _model: RunModel;
  /** By span: what the reader opened and closed, and steps that came open. */
  private readonly _open = new Map<string, boolean>();
  /** The same while the tree is filtered, which opens everything else. */
  private _openFiltered = new Map<string, boolean>();
  private _matches: Matches | null = null;
  private _stepsSeen: number;

  constructor(model: RunModel) {
    this._model = model;
    const { steps } = model;
    this._stepsSeen = steps.length;
    for (const step of steps.length <= FEW_STEPS ? steps : steps.slice(-1)) {
      this._open.set(step.span, true);
    }
  }

  /** Show only what matches, and what that is part of; null shows everything. */
  filter(matches: Matches | null): void {
    if (!matches || matches.query !== this._matches?.query) {
      this._openFiltered = new Map();
    }
    this._matches = matches;
  }

  /** Open or close a node. */
  toggle(node: Node, open: boolean): void {
    (this._matches ? this._openFiltered : this._open).set(node.span, open);
  }

  /** Open what a node is part of. */
  reveal(node: Node): void {
    for (let above = node.parent; above; above = above.parent) {
      this.toggle(above, true);
    }
  }

  /** Make the lines anew. */
  layout(): void {
    this._openNewSteps();
    this.lines = [];
    this._addBelow(this._model.root, 1);
  }

  /** The place of a span's line; -1 where it does not show. */
  indexOf(span: string | null): number {
    return span === null ? -1 : this.lines.findIndex(line => line.node.span === span);
  }

  /** A step that comes while its reader watches is open, and stays so when the next one comes. */
  private _openNewSteps(): void {
    const { steps } = this._model;
    for (const step of steps.slice(this._stepsSeen)) {
      this._open.set(step.span, true);
    }
    this._stepsSeen = steps.length;
  }

  private _addBelow(node: Node, level: number): void {
    const children = this._matches
      ? node.children.filter(child => this._matches?.shown.has(child))
      : node.children;
    for (let place = 0; place < children.length; place += 1) {
      const child = children[place] as Node;
      const open = this._isOpen(child);
      this.lines.push({ node: child, level, place: place + 1, siblings: children.length, open });
      if (open) {
        this._addBelow(child, level + 1);
      }
    }
  }

  private _isOpen(node: Node): boolean | null {
    if (!node.children.length) {
      return null;
    }
    if (this._matches) {
      const below = node.children.some(child => this._matches?.shown.has(child));
      return below ? (this._openFiltered.get(node.span) ?? true) : null;
    }
    return this._open.get(node.span) ?? opensByItself(node);
  }
}

function opensByItself(node: Node): boolean {
  return (node.kind === 'cell' || node.kind === 'batch') && node.children.length <= FEW_CHILDREN;
}
