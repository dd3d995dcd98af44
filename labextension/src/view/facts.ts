/** Reading a node's events: what it was asked, said, ran and used. */

import type { Node, RunModel } from '../model';
import type { RunEvent } from '../events';
import { toldApart } from './apart';
import { splitReply } from './reply';
import { oneLine, proseLine, said } from './text';
import { messageText } from './texts';

type EventType = RunEvent['type'];
type EventOf<T extends EventType> = Extract<RunEvent, { type: T }>;

const LINE = 160;

/** The last of `items` that passes a test. */
export function last<T, S extends T>(
  items: readonly T[],
  test: (item: T) => item is S
): S | undefined;
export function last<T>(items: readonly T[], test: (item: T) => boolean): T | undefined;
export function last<T>(items: readonly T[], test: (item: T) => boolean): T | undefined {
  for (let place = items.length - 1; place >= 0; place -= 1) {
    const item = items[place] as T;
    if (test(item)) {
      return item;
    }
  }
  return undefined;
}

/** The first event of a type about a node. */
export function eventOf<T extends EventType>(node: Node, type: T): EventOf<T> | undefined {
  return node.detail.find((event): event is EventOf<T> => event.type === type);
}

/** The last event of a type about a node. */
export function lastEventOf<T extends EventType>(node: Node, type: T): EventOf<T> | undefined {
  return last(node.detail, (event): event is EventOf<T> => event.type === type);
}

/** Seconds a node took, or has taken so far; of a step, those of its turn and of its cells. */
export function seconds(node: Node, now: number): number {
  if (node.kind === 'step') {
    return partsOf(node).reduce((sum, part) => sum + seconds(part, now), 0);
  }
  // A cell may have waited for its place in the notebook, which is no time of its own.
  const ran = node.kind === 'cell' ? lastEventOf(node, 'cell_finished')?.seconds : 0;
  return ran || Math.max(0, (node.ended ?? now) - node.started);
}

/** What a step is made of; while cells of it wait for the reader, nothing goes on. */
function partsOf(step: Node): Node[] {
  return step.children.filter(part => part.kind === 'call' || !isHuman(part));
}

/** Whether a call is a turn of a run's own model; others were made by cells. */
export function isTurn(call: Node): boolean {
  return call.kind === 'call' && call.parent?.kind === 'step';
}

/** The call in which a step's model replied, the last one if it was asked again. */
export function turnOf(step: Node): Node | undefined {
  return last(step.children, child => child.kind === 'call');
}

const NO_RETRIES: EventOf<'call_retried'>[] = [];

/** What tells of each time that a call was made again. */
export function retriesOf({ detail }: Node): EventOf<'call_retried'>[] {
  // Of a hundred thousand calls nearly all have two events, and none of this kind.
  return detail.length > 2
    ? detail.filter((event): event is EventOf<'call_retried'> => event.type === 'call_retried')
    : detail[1]?.type === 'call_retried'
      ? [detail[1]]
      : NO_RETRIES;
}

/** A step's cells, the model's and the reader's own. */
export function cellsOf(step: Node): Node[] {
  return step.children.filter(child => child.kind === 'cell');
}

/** A step's cells without those that the reader ran beside them. */
function ownCellsOf(step: Node): Node[] {
  return cellsOf(step).filter(cell => !isHuman(cell));
}

/** Whether a cell is one of the reader's own, and none of the step's. */
export function isHuman(cell: Node): boolean {
  const started = eventOf(cell, 'cell_started');
  return started?.author === 'human' && started.cell === 0;
}

/** Whether the reader edited a cell of the step before it ran. */
export function isEditedCell(cell: Node): boolean {
  return eventOf(cell, 'cell_started')?.author === 'human' && !isHuman(cell);
}

export function codeOf(cell: Node): string {
  return eventOf(cell, 'cell_started')?.code ?? '';
}

export function replyOf(call: Node): string {
  return lastEventOf(call, 'call_finished')?.text ?? '';
}

/** What a call of a cell was asked: its last message. */
export function promptOf(call: Node): string {
  const message = eventOf(call, 'call_started')?.messages.at(-1);
  return message ? messageText(message) : '';
}

/** What a step's model thought, in full. */
export function thoughtOf(step: Node): string {
  const turn = turnOf(step);
  return turn ? splitReply(replyOf(turn)).thought : '';
}

/** The code of a step's reply, whether it has run or not. */
export function codeOfReply(step: Node): string[] {
  const turn = turnOf(step);
  return turn ? splitReply(replyOf(turn)).cells : [];
}

/** A cell of a step that waits for the reader, and why, where that needs saying. */
export interface Proposed {
  readonly number: number;
  readonly code: string;
  readonly why: string;
}

/** The cells of a step that were proposed and have not run: they wait, or were left out. */
export function proposedCells(step: Node): Proposed[] {
  const ran = new Set(cellsOf(step).map(cell => eventOf(cell, 'cell_started')?.cell));
  const cells = lastEventOf(step, 'cells_proposed')?.cells ?? [];
  return cells
    .map(({ cell, code, why }) => ({ number: Number(cell), code: said(code), why: said(why) }))
    .filter(({ number }) => !ran.has(number));
}

/** What became of proposed cells of a step that wait no more and did not run. */
export function fateOf(step: Node): 'skipped' | 'not run' | '' {
  if (step.state === 'proposed' || step.state === 'running' || !proposedCells(step).length) {
    return '';
  }
  return lastEventOf(step, 'run_resumed')?.command === 'skip' ? 'skipped' : 'not run';
}

/** Why cells of a step wait, in a line; empty where each cell does. */
export function whyProposed(step: Node): string {
  return [...new Set(proposedCells(step).map(({ why }) => why))].filter(Boolean).join('; ');
}

const lines = new WeakMap<Node, { events: number; line: string }>();

/** The beginning of what a node is about: of a thought, a prompt, a question or code. */
export function lineOf(node: Node): string {
  const events = eventsBehind(node);
  let known = lines.get(node);
  if (known?.events !== events) {
    known = { events, line: aboutOf(node) };
    lines.set(node, known);
  }
  return known.line;
}

/** How many events its line may come from; a step's is that of its reply. */
function eventsBehind({ kind, detail, children }: Node): number {
  const below = kind === 'step' ? children : [];
  return below.reduce((sum, child) => sum + child.detail.length, detail.length);
}

/** The first cell's code, whether it ran, waits, or was passed over. */
function codeOfStep(step: Node): string {
  return ownCellsOf(step).map(codeOf)[0] ?? codeOfReply(step)[0] ?? '';
}

function aboutOf(node: Node): string {
  switch (node.kind) {
    case 'step':
      return proseLine(thoughtOf(node), LINE) || oneLine(codeOfStep(node), LINE);
    case 'cell':
      return oneLine(codeOf(node), LINE);
    case 'call':
      return oneLine(ownPrompt(node) || replyOf(node) || promptOf(node), LINE);
    case 'run':
      return oneLine(eventOf(node, 'run_started')?.question ?? '', LINE);
    case 'batch':
      return '';
  }
}

/** What of a call's prompt tells it from those that were asked with it; empty where nothing does. */
function ownPrompt(call: Node): string {
  const [first, second] = call.parent?.kind === 'batch' ? call.parent.children : [];
  const other = first === call ? second : first;
  return toldApart(promptOf(call), other && promptOf(other));
}

/** What went wrong in a node itself, in a word: the exception's name. */
export function errorOf(node: Node): string {
  const finished = lastEventOf(node, 'cell_finished');
  if (finished?.interrupted) {
    return '';
  }
  return said(finished?.error?.ename ?? lastEventOf(node, 'call_failed')?.error);
}

/** The exception that ended a step's cells, if one did. */
export function stepError(step: Node): string {
  return last(ownCellsOf(step).map(errorOf), Boolean) ?? '';
}

export function wasInterrupted(step: Node): boolean {
  return ownCellsOf(step).some(cell => lastEventOf(cell, 'cell_finished')?.interrupted);
}

/** Whether the user took back what the step did to names. */
export function wasTakenBack(step: Node): boolean {
  return lastEventOf(step, 'step_undone') !== undefined;
}

/** The cell of the run itself that is running now. */
export function runningCell(model: RunModel): Node | undefined {
  const children = model.steps.at(-1)?.children ?? [];
  return last(children, child => child.kind === 'cell' && child.state === 'running');
}
