/** What the nodes of a run are called. */

import type { Node, NodeState } from '../model';
import { eventOf, isEditedCell, isHuman, isTurn, lineOf } from './facts';
import * as format from './format';
import type { Trans } from './trans';

/** The number in a step's span: 3 of `r/3`. */
export function stepNumber(step: Node): number {
  return Number(lastPart(step.span));
}

/** The state of a node, in a word. */
export function stateWord(state: NodeState, trans: Trans): string {
  switch (state) {
    case 'running':
      return trans.__('running');
    case 'done':
      return trans.__('done');
    case 'failed':
      return trans.__('failed');
    case 'cancelled':
      return trans.__('cancelled');
    case 'paused':
      return trans.__('paused');
    case 'proposed':
      return trans.__('proposed');
  }
}

/** What a node is called: `Step 3`, `Cell 3.1`, `llm_query #12`, a child's question. */
export function label(node: Node, trans: Trans): string {
  switch (node.kind) {
    case 'run':
      return lineOf(node);
    case 'step':
      return trans.__('Step %1', stepNumber(node));
    case 'cell':
      return cellLabel(node, trans);
    case 'batch':
      return trans.__('Batch of %1', format.count(eventOf(node, 'batch_started')?.size ?? 0));
    case 'call':
      return callLabel(node, trans);
  }
}

function cellLabel(cell: Node, trans: Trans): string {
  if (isHuman(cell)) {
    return trans.__('Your cell');
  }
  const place = lastPart(cell.span);
  return isEditedCell(cell)
    ? trans.__('Cell %1, edited by you', place)
    : trans.__('Cell %1', place);
}

function callLabel(call: Node, trans: Trans): string {
  if (isTurn(call)) {
    return trans.__('Reply');
  }
  const place = placeInBatch(call);
  return place ? `${call.label} ${place}` : call.label;
}

/** Its label where what it is part of shows too: a call of a batch is `#12`. */
export function shortLabel(node: Node, trans: Trans): string {
  return placeInBatch(node) || label(node, trans);
}

function placeInBatch(node: Node): string {
  const index = eventOf(node, 'call_started')?.index;
  return typeof index === 'number' ? `#${index + 1}` : '';
}

/** What stands beside the label of a node. */
export function lineBeside(node: Node): string {
  if (node.kind === 'run') {
    return ''; // its question is its label
  }
  return isTurn(node) ? node.model : lineOf(node); // the step's own line says what was replied
}

/** The end of a span: `3.1` of `r/3.1`. */
export function lastPart(span: string): string {
  return span.slice(span.lastIndexOf('/') + 1);
}
