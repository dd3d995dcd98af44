/** What a cell showed beside what its model was told of that. */

import type { Json } from '../events';
import type { Node } from '../model';
import { cutsIn, firstOf, type Cut } from './cuts';
import { isHuman, lastEventOf } from './facts';
import { lastPart } from './labels';
import { outputText, picturesOf, typesOf, type Picture } from './outputs';
import { withoutAnsi } from './text';

/** What a cell showed to those who looked at it. */
export interface Observed {
  readonly cell: Node;
  readonly text: string;
  /** What of the text was not told; null where all was. */
  readonly unseen: Unseen | null;
  readonly pictures: readonly Picture[];
  /** The richer forms of its displays, of which the model was told the plain text. */
  readonly types: readonly string[];
}

/** A stretch of a cell's output that its model was not told. */
export interface Unseen {
  readonly characters: number;
  /** The first and the last of them, counted from 1, in the whole output. */
  readonly from: number;
  readonly to: number;
  /** Where it is in the text that is shown; null where that differs from what was told. */
  readonly start: number | null;
  readonly end: number | null;
}

/** What the cells that a message tells of showed, in their order. */
export function observedIn(content: string, cells: readonly Node[]): Observed[] {
  let from = 0;
  return cells.map((cell, place) => {
    const start = placeOf(cell, content, from);
    const next = cells[place + 1];
    from = start + 1;
    const end = next === undefined ? content.length : placeOf(next, content, from);
    return observed(cell, content.slice(start, end));
  });
}

function observed(cell: Node, told: string): Observed {
  const outputs = lastEventOf(cell, 'cell_finished')?.outputs ?? [];
  const shown = outputs.filter(output => output.output_type !== 'error');
  const text = withoutAnsi(shown.map(asTold).join(''));
  const cut = cutOf(told);
  return {
    cell,
    text,
    unseen: cut === undefined ? null : unseen(text, told, cut),
    pictures: shown.flatMap(picturesOf),
    types: [...new Set(shown.flatMap(typesOf))]
  };
}

/** The text of an output as the observation puts it together, but for the notes on pictures. */
function asTold(output: Json): string {
  return output.output_type === 'stream' ? outputText(output) : `${plainText(output)}\n`;
}

function plainText(output: Json): string {
  const data = output.data as Json | undefined;
  const text = data?.['text/plain'];
  return outputText({ output_type: 'stream', text: text ?? '' });
}

/** Where a message begins to tell of a cell. */
function placeOf(cell: Node, content: string, from: number): number {
  const name = isHuman(cell) ? 'of the user' : lastPart(cell.span);
  const place = content.indexOf(`Cell ${name}: `, from);
  return place < 0 ? content.length : place;
}

/** The cut in a cell's output: its mark follows as many characters as it says. */
function cutOf(told: string): Cut | undefined {
  const body = told.indexOf('\n') + 1;
  return cutsIn(told).find(({ start, first }) => {
    return firstOf(told.slice(body), first).length === start - body;
  });
}

function unseen(text: string, told: string, cut: Cut): Unseen {
  const head = told.slice(told.indexOf('\n') + 1, cut.start);
  const tail = firstOf(told.slice(cut.end), cut.last).trimEnd();
  const end = text.trimEnd();
  const fits =
    text.startsWith(head) && end.endsWith(tail) && head.length + tail.length <= end.length;
  return {
    characters: cut.total - cut.first - cut.last,
    from: cut.first + 1,
    to: cut.total - cut.last,
    start: fits ? head.length : null,
    end: fits ? end.length - tail.length : null
  };
}
