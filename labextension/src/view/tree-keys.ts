import type { Node } from '../model';
import * as labels from './labels';
import type { Trans } from './trans';
import type { TreeLine } from './tree-list';

/** What a key asks of a tree: another line, a node opened or closed, or one chosen. */
export type TreeMove =
  { to: number } | { toggle: Node; open: boolean } | { choose: Node } | { openSiblings: Node };

/** What `key` means with the line `at` active, as in the tree pattern of the ARIA practices. */
export function moveOf(
  key: string,
  lines: readonly TreeLine[],
  at: number,
  page: number
): TreeMove | null {
  const line = lines[at];
  const end = lines.length - 1;
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(at + 1, end) };
    case 'ArrowUp':
      return { to: Math.max(at - 1, 0) };
    case 'PageDown':
      return { to: Math.min(at + page, end) };
    case 'PageUp':
      return { to: Math.max(at - page, 0) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: end };
    case 'ArrowRight':
      return line ? inwards(line, at) : null;
    case 'ArrowLeft':
      return line ? outwards(line, lines, at) : null;
    case 'Enter':
    case ' ':
      return line ? { choose: line.node } : null;
    case '*':
      return line?.node.parent ? { openSiblings: line.node.parent } : null;
    default:
      return null;
  }
}

function inwards({ node, open }: TreeLine, at: number): TreeMove | null {
  if (open === null) {
    return null;
  }
  return open ? { to: at + 1 } : { toggle: node, open: true };
}

function outwards(line: TreeLine, lines: readonly TreeLine[], at: number): TreeMove | null {
  if (line.open) {
    return { toggle: line.node, open: false };
  }
  for (let above = at - 1; above >= 0; above -= 1) {
    if ((lines[above]?.level ?? 0) < line.level) {
      return { to: above };
    }
  }
  return null;
}

/** Milliseconds after which typing begins a new word. */
const PAUSE = 700;
/** Lines looked at per key: reading the texts of a hundred thousand would be felt. */
const REACH = 2_000;

/** Finds the next line that begins with what is typed. */
export class TypeAhead {
  private readonly _trans: Trans;
  private _typed = '';
  private _last = -Infinity;

  constructor(trans: Trans) {
    this._trans = trans;
  }

  /** The line to go to after `character` was typed at `time`; null where none begins so. */
  find(character: string, time: number, lines: readonly TreeLine[], active: number): number | null {
    this._typed = (time - this._last > PAUSE ? '' : this._typed) + character.toLowerCase();
    this._last = time;
    const start = this._typed.length > 1 ? Math.max(active, 0) : active + 1;
    for (let step = 0; step < Math.min(lines.length, REACH); step += 1) {
      const index = (start + step) % lines.length;
      if (this._fits(lines[index] as TreeLine)) {
        return index;
      }
    }
    return null;
  }

  private _fits({ node }: TreeLine): boolean {
    const texts = [labels.shortLabel(node, this._trans), labels.lineBeside(node)];
    return texts.some(text => text.toLowerCase().startsWith(this._typed));
  }
}
