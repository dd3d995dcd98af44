/** What there is to read about a node, section by section. */

import type { Json } from '../events';
import type { Node } from '../model';
import {
  cellsOf,
  codeOf,
  codeOfReply,
  eventOf,
  isTurn,
  lastEventOf,
  proposedCells,
  thoughtOf,
  turnOf
} from './facts';
import { conversationOf, isNewIn, nodesOfConversation } from './conversation';
import { errorText, outputText } from './outputs';
import * as labels from './labels';
import * as phrases from './phrases';
import { said } from './text';
import { messageText } from './texts';
import type { Trans } from './trans';

export interface Section {
  /** Tells the sections of a node apart; the same kind has the same key in every node. */
  readonly key: string;
  readonly title: string;
  readonly text: string;
  /** Set in a fixed-width font. */
  readonly code?: boolean;
  /** Something went wrong. */
  readonly error?: boolean;
  /** Folded until its reader opens it. */
  readonly folded?: boolean;
}

/** The sections of a node; those with nothing in them are left out. */
export function sectionsOf(node: Node, trans: Trans): Section[] {
  return allSections(node, trans).filter(section => section.text.trim() !== '');
}

function allSections(node: Node, trans: Trans): Section[] {
  switch (node.kind) {
    case 'run':
      return ofRun(node, trans);
    case 'step':
      return ofStep(node, trans);
    case 'cell':
      return ofCell(node, trans);
    case 'call':
      return ofCall(node, trans);
    case 'batch':
      return [];
  }
}

function ofRun(run: Node, trans: Trans): Section[] {
  const finished = lastEventOf(run, 'run_finished');
  const message = finished?.message ?? lastEventOf(run, 'run_paused')?.message ?? '';
  return [
    {
      key: 'question',
      title: trans.__('Question'),
      text: eventOf(run, 'run_started')?.question ?? ''
    },
    { key: 'answer', title: trans.__('Answer'), text: said(finished?.answer?.text) },
    { key: 'message', title: trans.__('Message'), text: message }
  ];
}

/** A step is its reply and its cells. */
function ofStep(step: Node, trans: Trans): Section[] {
  const turn = turnOf(step);
  const cells = cellsOf(step).flatMap(cell =>
    ofCell(cell, trans).map(section => ({
      ...section,
      key: `${section.key} ${cell.span}`,
      title: `${labels.label(cell, trans)}: ${section.title}`
    }))
  );
  const reply = turn ? ofCall(turn, trans).map(asThought) : ofMessages(step, trans);
  return [...reply, ...ofProposal(step, trans), ...cells];

  /** The code of the reply is that of the cells. */
  function asThought(section: Section): Section {
    return section.key === 'reply'
      ? { key: 'thought', title: trans.__('Thought'), text: thoughtOf(step) }
      : section;
  }
}

/** The code that has not run: what waits for the reader, or was left out, cell by cell; else the reply's. */
function ofProposal(step: Node, trans: Trans): Section[] {
  const proposed = proposedCells(step);
  if (proposed.length === 0) {
    const text = cellsOf(step).length ? '' : codeOfReply(step).join('\n\n');
    return [{ key: 'code', title: trans.__('Proposed code'), text, code: true }];
  }
  const fate = phrases.fate(step, trans);
  return proposed.map(({ number, code, why }) => {
    const title = trans.__('Proposed cell %1.%2', labels.stepNumber(step), number);
    const said = fate || why;
    return {
      key: `code ${number}`,
      title: said ? trans.__('%1: %2', title, said) : title,
      text: code,
      code: true
    };
  });
}

function ofCell(cell: Node, trans: Trans): Section[] {
  const finished = lastEventOf(cell, 'cell_finished');
  const outputs = finished?.outputs.filter(output => output.output_type !== 'error') ?? [];
  const names = finished?.names.map(nameLine) ?? [];
  return [
    { key: 'code', title: trans.__('Code'), text: codeOf(cell), code: true },
    {
      key: 'error',
      title: trans.__('Error'),
      text: finished?.error ? errorText(finished.error) : '',
      code: true,
      error: true
    },
    {
      key: 'outputs',
      title: trans.__('Output'),
      text: outputs.map(outputText).join('\n'),
      code: true
    },
    { key: 'names', title: trans.__('Names'), text: names.join('\n'), code: true, folded: true }
  ];
}

/** `leaks: set (list, 17)` */
function nameLine({ name, change, type, size }: Json): string {
  const what = [said(type), said(size)].filter(Boolean).join(', ');
  return `${said(name)}: ${said(change)}${what ? ` (${what})` : ''}`;
}

function ofCall(call: Node, trans: Trans): Section[] {
  const started = eventOf(call, 'call_started');
  const finished = lastEventOf(call, 'call_finished');
  const prompts =
    isTurn(call) && call.parent
      ? ofMessages(call.parent, trans)
      : asked(started?.messages ?? [], trans);
  return [
    ...failures(call, trans),
    ...prompts,
    {
      key: 'reasoning',
      title: trans.__('Reasoning'),
      text: finished?.reasoning ?? '',
      folded: true
    },
    { key: 'reply', title: trans.__('Reply'), text: finished?.text ?? '' },
    {
      key: 'params',
      title: trans.__('Parameters'),
      text: parameters(started?.params ?? {}),
      code: true,
      folded: true
    }
  ];
}

function asked(messages: readonly Json[], trans: Trans): Section[] {
  return messages.map((message, place) => ({
    key: `message ${place}`,
    title: roleName(said(message.role), trans),
    text: messageText(message)
  }));
}

function roleName(role: string, trans: Trans): string {
  switch (role) {
    case 'system':
      return trans.__('System prompt');
    case 'user':
      return trans.__('Prompt');
    case 'assistant':
      return trans.__('Earlier reply');
    default:
      return role;
  }
}

function failures(call: Node, trans: Trans): Section[] {
  const failed = lastEventOf(call, 'call_failed');
  const error = failed ? `${failed.error}: ${failed.message}` : '';
  const retries = call.detail.flatMap(event => {
    if (event.type !== 'call_retried') {
      return [];
    }
    return trans.__(
      'Attempt %1: %2; waited %3 s',
      event.attempt,
      event.error,
      event.wait.toFixed(1)
    );
  });
  return [
    { key: 'error', title: trans.__('Error'), text: error, error: true },
    { key: 'retries', title: trans.__('Retries'), text: retries.join('\n'), folded: true }
  ];
}

function parameters(params: Json): string {
  return Object.keys(params).length ? JSON.stringify(params, null, 2) : '';
}

/** What a run's model was told with a step, and the conversation before that. */
function ofMessages(step: Node, trans: Trans): Section[] {
  const messages = conversationOf(step);
  const told = messages.filter(message => isNewIn(step, message));
  const earlier = messages.slice(0, messages.length - told.length);
  const title = trans._n('%1 earlier message', '%1 earlier messages', earlier.length);
  const text = earlier.map(({ role, content }) => `[${role}]\n${content}`).join('\n\n');
  return [
    { key: 'earlier', title, text, folded: true },
    ...told.map(({ role, content }, place) => ({
      key: `message ${place}`,
      title: roleName(role, trans),
      text: content,
      folded: role === 'system'
    }))
  ];
}

/** The nodes whose events the sections of a node are made of. */
export function nodesRead(node: Node): Node[] {
  switch (node.kind) {
    case 'step':
      return [...nodesOfConversation(node), ...cellsOf(node)];
    case 'call':
      return isTurn(node) && node.parent ? nodesOfConversation(node.parent) : [node];
    case 'run':
    case 'cell':
    case 'batch':
      return [node];
  }
}
