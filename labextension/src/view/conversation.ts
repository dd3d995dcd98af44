/** The messages that a run's model was sent, read from its events in the order they were recorded. */

import type { Node } from '../model';
import type { RunEvent } from '../events';
import { cellsOf, last } from './facts';

export interface Message {
  readonly role: string;
  readonly content: string;
  /** The step it came with; a reply came with the one after that which it was the reply of. */
  readonly step: Node;
  /** The cells that have run since the message before the last reply: what it tells of. */
  readonly cells: readonly Node[];
}

/** A message, or the end of a cell that the next one tells of. */
interface Piece {
  readonly seq: number;
  readonly step: Node;
  readonly message?: Pick<Message, 'role' | 'content'>;
  readonly cell?: Node;
}

/** The request of a step: what its model had been sent when it was asked for its reply. */
export function conversationOf(step: Node): Message[] {
  const asked = askedAt(step);
  const pieces = stepsUpTo(step)
    .flatMap(piecesOf)
    .filter(({ seq }) => seq < asked)
    .sort((one, other) => one.seq - other.seq);
  const messages: Message[] = [];
  let cells: Node[] = [];
  for (const { message, cell, step: of } of pieces) {
    if (cell !== undefined) {
      cells.push(cell);
    } else if (message !== undefined) {
      const tells = message.role === 'user';
      messages.push({ ...message, step: of, cells: tells ? cells : [] });
      cells = tells ? [] : cells;
    }
  }
  return messages;
}

/** The nodes whose events hold the messages of a step's request. */
export function nodesOfConversation(step: Node): Node[] {
  return stepsUpTo(step).flatMap(each => [each, ...each.children.filter(isCall)]);
}

/** Whether a message was sent with a step for the first time. */
export function isNewIn(step: Node, { role, step: of }: Message): boolean {
  return of.span === step.span && role !== 'assistant';
}

/** How many messages of a step's request had been sent before: all but its model's last reply and what is new. */
export function sentBefore(step: Node, messages: readonly Message[]): number {
  const told = messages.findIndex(message => isNewIn(step, message));
  if (told < 0) {
    return messages.length;
  }
  return messages[told - 1]?.role === 'assistant' ? told - 1 : told;
}

function stepsUpTo(step: Node): Node[] {
  const steps = (step.parent?.children ?? []).filter(({ kind }) => kind === 'step');
  return steps.slice(0, steps.findIndex(({ span }) => span === step.span) + 1);
}

/** The number of the event that asked for the step's reply, the last time it was asked for. */
function askedAt(step: Node): number {
  const turn = last(step.children, isCall);
  return last(turn?.detail ?? [], event => event.type === 'call_started')?.seq ?? Infinity;
}

function piecesOf(step: Node): Piece[] {
  const told = step.detail.flatMap(event =>
    event.type === 'message_added' ? [{ seq: event.seq, step, message: event }] : []
  );
  const replied = step.children.filter(isCall).flatMap(({ detail }) =>
    ofType(detail, 'call_finished').map(({ seq, text }) => {
      return { seq, step, message: { role: 'assistant', content: text } };
    })
  );
  const ran = cellsOf(step).flatMap(cell =>
    ofType(cell.detail, 'cell_finished').map(({ seq }) => ({ seq, step, cell }))
  );
  return [...told, ...replied, ...ran];
}

function ofType<T extends RunEvent['type']>(
  events: readonly RunEvent[],
  type: T
): Extract<RunEvent, { type: T }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

function isCall(node: Node): boolean {
  return node.kind === 'call';
}
