/** All texts of a node, for searching them. */

import type { Node } from '../model';
import type { Json, RunEvent } from '../events';
import { outputText } from './outputs';
import { said } from './text';

/** The label of a node, and what its events say: prompts, replies, code, outputs, errors. */
export function* textsOf(node: Node): Generator<string, void, undefined> {
  yield node.label;
  yield node.model;
  for (const event of node.detail) {
    yield* textsOfEvent(event);
  }
}

function textsOfEvent(event: RunEvent): string[] {
  switch (event.type) {
    case 'run_started':
      return [event.question];
    case 'message_added':
      return [event.content];
    case 'call_started':
      return event.messages.map(messageText);
    case 'call_finished':
      return [event.text, event.reasoning];
    case 'call_failed':
      return [event.error, event.message];
    case 'cell_started':
      return [event.code];
    case 'cell_finished':
      return event.outputs.map(outputText);
    case 'cells_proposed':
      return event.cells.map(({ why }) => said(why)).filter(Boolean);
    case 'run_finished':
      return [said(event.answer?.text), event.message];
    case 'run_paused':
    case 'warned':
      return [event.message];
    case 'step_started':
    case 'reply_delta':
    case 'call_retried':
    case 'batch_started':
    case 'batch_finished':
    case 'run_resumed':
    case 'step_undone':
      return [];
  }
}

/** What a message of a call says; pictures are named, not shown. */
export function messageText(message: Json): string {
  const { content } = message;
  if (typeof content === 'string') {
    return content;
  }
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  return parts.map(partText).join('\n');
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) {
    return said(part);
  }
  return 'text' in part ? said(part.text) : `[${'type' in part ? said(part.type) : '…'}]`;
}
