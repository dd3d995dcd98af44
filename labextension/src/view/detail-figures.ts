/** The figures of a node: its model, time, tokens, cost and calls. */

import type { Json } from '../events';
import type { Node } from '../model';
import { lastEventOf, retriesOf, seconds } from './facts';
import * as format from './format';
import type { Trans } from './trans';

/** The figures of a node, as names and values. */
export function figuresOf(node: Node, now: number, trans: Trans): [string, string][] {
  const usage = (lastEventOf(node, 'call_finished') ?? lastEventOf(node, 'call_failed'))?.usage;
  const spent = node.tokens > 0 || node.unpriced > 0;
  const time = format.exactDuration(seconds(node, now));
  const figures: [string, string][] = [
    [trans.__('Status'), statusOf(node)],
    [trans.__('Model'), node.model],
    [trans.__('Time'), trans.__('%1, started %2', time, format.clock(node.started))],
    [
      trans.__('Tokens'),
      spent ? (usage ? usedTokens(usage, trans) : format.count(node.tokens)) : ''
    ],
    [trans.__('Cost'), costOf(node, spent, trans)],
    [trans.__('Ended'), endingOf(node, trans)],
    [trans.__('Attempts'), attemptsOf(node)],
    [trans.__('Calls'), node.kind === 'call' || !node.calls ? '' : callsOf(node, trans)]
  ];
  return figures.filter(([, value]) => value !== '');
}

/** `stopped: max_steps`: how a run ended. */
function statusOf(node: Node): string {
  const finished = lastEventOf(node, 'run_finished');
  return finished ? `${finished.status}: ${finished.reason}` : '';
}

function usedTokens(usage: Json, trans: Trans): string {
  const number = (name: string): number => Number(usage[name] ?? 0);
  const said = [
    trans.__('%1 in', format.count(number('input_tokens'))),
    trans.__('%1 out', format.count(number('output_tokens')))
  ];
  if (number('cached_tokens')) {
    said.push(trans.__('%1 cached', format.count(number('cached_tokens'))));
  }
  if (number('reasoning_tokens')) {
    said.push(trans.__('%1 reasoning', format.count(number('reasoning_tokens'))));
  }
  return said.join(' · ');
}

function costOf(node: Node, spent: boolean, trans: Trans): string {
  if (lastEventOf(node, 'call_finished')?.cached) {
    return trans.__('none: answered from an earlier reply');
  }
  return spent ? exactCost(node) : '';
}

/** The cost of a node, and of all below it; `≥` where not all of it is known. */
function exactCost({ cost, unpriced }: Node): string {
  const known = format.exactDollars(cost);
  return cost !== null && unpriced ? `≥ ${known}` : known;
}

/** Why a reply ended, where it was not because all was said. */
function endingOf(node: Node, trans: Trans): string {
  const reason = lastEventOf(node, 'call_finished')?.finish_reason ?? 'stop';
  switch (reason) {
    case 'stop':
    case '':
      return '';
    case 'length':
      return trans.__('cut off: it reached the limit of its length');
    default:
      return reason;
  }
}

/** How often a call was tried, where that was more than once. */
function attemptsOf(node: Node): string {
  const retries = retriesOf(node).length;
  return retries ? format.count(retries + 1) : '';
}

function callsOf(node: Node, trans: Trans): string {
  const calls = format.count(node.calls);
  return node.failed ? trans.__('%1, %2 failed', calls, format.count(node.failed)) : calls;
}
