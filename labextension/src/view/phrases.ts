/** What the card of a run says, in the words of rlm_kernel/report/phrases.py. */

import type { Batch, Node, RunModel, Status } from '../model';
import {
  cellsOf,
  eventOf,
  fateOf,
  isHuman,
  lineOf,
  runningCell,
  stepError,
  wasInterrupted,
  wasTakenBack
} from './facts';
import { lastPart, stepNumber } from './labels';
import * as format from './format';
import { splitReply } from './reply';
import { oneLine } from './text';
import type { Trans } from './trans';

const LINE = 160;
/** Seconds after which a wait is worth telling. */
const LONG = 3;

/** Reasons that add nothing to the status. */
const PLAIN_REASONS = new Set([
  '',
  'answer',
  'step',
  'approve',
  'turn',
  'error',
  'kernel',
  'interrupt',
  'pause',
  'stop'
]);

/** `Paused: out of steps`: the status, with its reason where that adds something. */
export function status(model: RunModel, trans: Trans): string {
  const said = statusWord(model.status, trans);
  return PLAIN_REASONS.has(model.reason) ? said : `${said}: ${reasonWord(model.reason, trans)}`;
}

/** What a limit that is used up is called; its option is `--max-steps`. */
function reasonWord(reason: string, trans: Trans): string {
  switch (reason) {
    case 'max_steps':
      return trans.__('out of steps');
    case 'max_calls':
      return trans.__('out of calls');
    case 'max_tokens':
      return trans.__('out of tokens');
    case 'max_cost':
      return trans.__('out of dollars');
    case 'max_seconds':
      return trans.__('out of time');
    default:
      return reason;
  }
}

function statusWord(value: Status, trans: Trans): string {
  switch (value) {
    case 'running':
      return trans.__('Running');
    case 'proposed':
      return trans.__('Proposed');
    case 'paused':
      return trans.__('Paused');
    case 'interrupted':
      return trans.__('Interrupted');
    case 'finished':
      return trans.__('Finished');
    case 'stopped':
      return trans.__('Stopped');
    case 'failed':
      return trans.__('Failed');
  }
}

/** The models of a run. */
export function models(model: RunModel, trans: Trans): string {
  const { model: root, subModel: sub } = model;
  return sub && sub !== root ? trans.__('%1, sub-model %2', root, sub) : root;
}

function placeOf(step: Node, limit: number, trans: Trans): string {
  const number = stepNumber(step);
  if (eventOf(step, 'step_started')?.last === true) {
    return trans.__('step %1, last turn', number); // the one after a limit, which may be that of steps
  }
  return limit ? trans.__('step %1 of %2', number, limit) : trans.__('step %1', number);
}

/** The step and the time. */
export function place(model: RunModel, now: number, trans: Trans): string[] {
  const said: string[] = [];
  const step = model.steps.at(-1);
  if (model.status === 'finished') {
    said.push(trans._n('%1 step', '%1 steps', model.steps.length));
  } else if (step) {
    said.push(placeOf(step, model.limits.maxSteps, trans));
  }
  if (step || model.status !== 'running') {
    said.push(format.duration(model.seconds(now)));
  }
  return said;
}

/** What a step did, in one line. */
export function stepLine(step: Node, trans: Trans): string {
  const human = cellsOf(step).filter(isHuman).length;
  const line = lineOf(step) || '…';
  return human
    ? trans._n('%2 (then you ran %1 cell)', '%2 (then you ran %1 cells)', human, line)
    : line;
}

/** What went wrong in a step's cells, and whether the user took it back. */
export function trouble(step: Node, trans: Trans): string {
  const wrong = wasInterrupted(step) ? trans.__('interrupted') : stepError(step);
  const said = [wrong, fate(step, trans), wasTakenBack(step) ? trans.__('taken back') : ''];
  return said.filter(Boolean).join(' · ');
}

/** What became of proposed cells that did not run. */
export function fate(step: Node, trans: Trans): string {
  switch (fateOf(step)) {
    case 'skipped':
      return trans.__('skipped');
    case 'not run':
      return trans.__('not run');
    case '':
      return '';
  }
}

/** The child runs of a step. */
export function children(model: RunModel, step: Node, trans: Trans): string {
  const runs = model.childRuns(step);
  const all = runs ? runs.done + runs.failed + runs.cancelled + runs.running.size : 0;
  if (!runs || !all) {
    return '';
  }
  const said = [trans._n('%1 child run', '%1 child runs', all), trans.__('%1 done', runs.done)];
  if (runs.failed) {
    said.push(trans.__('%1 failed', runs.failed));
  }
  if (runs.cancelled) {
    said.push(trans.__('%1 interrupted', runs.cancelled));
  }
  if (runs.running.size && model.status === 'running') {
    said.push(trans.__('%1 running', runs.running.size));
  }
  return said.join(' · ');
}

/** What a running run is doing at this moment, and for how long it has. */
export function activity(model: RunModel, now: number, trans: Trans): string {
  const waited = Math.max(0, now - model.waitingSince);
  const said = doing(model, trans);
  return waited >= LONG ? `${said}, ${format.duration(waited)}` : said;
}

function doing(model: RunModel, trans: Trans): string {
  const { retrying, stream, asking } = model;
  if (retrying) {
    const error = oneLine(retrying.error, LINE);
    const wait = Number(retrying.wait.toPrecision(3));
    return trans.__('Trying again: %1; attempt %2 in %3 s', error, retrying.attempt, wait);
  }
  if (stream) {
    return writing(asking, stream.text, trans);
  }
  if (asking) {
    return trans.__('Waiting for %1', asking);
  }
  const cell = runningCell(model);
  if (!cell) {
    return model.steps.length ? trans.__('Working') : trans.__('Starting');
  }
  const running = model.batches.length ? 0 : model.calls.running; // a batch's own line has them
  const calls = running ? trans._n(', %1 call in flight', ', %1 calls in flight', running) : '';
  return trans.__('Running cell %1', lastPart(cell.span)) + calls;
}

function writing(asking: string, text: string, trans: Trans): string {
  const { thought, cells, open } = splitReply(text);
  if (open) {
    const lines = (cells.at(-1) ?? '').split('\n').length;
    return trans._n('%2 is writing code, %1 line', '%2 is writing code, %1 lines', lines, asking);
  }
  return thought ? trans.__('%1 is writing', asking) : trans.__('%1 is thinking', asking);
}

/** `412 of 600 calls` */
export function batchProgress(batch: Batch, trans: Trans): string {
  const ended = format.count(batch.ended);
  const size = format.count(batch.size);
  return batch.kind === 'rlm'
    ? trans._n('%2 of %3 child run', '%2 of %3 child runs', batch.size, ended, size)
    : trans._n('%2 of %3 call', '%2 of %3 calls', batch.size, ended, size);
}

/** Failures, calls in flight, rate and time left of a batch. */
export function batchFacts(batch: Batch, trans: Trans): string[] {
  const said: string[] = [];
  if (batch.failed) {
    said.push(trans.__('%1 failed', format.count(batch.failed)));
  }
  if (batch.running) {
    said.push(trans.__('%1 in flight', format.count(batch.running)));
  }
  if (batch.rate && batch.secondsLeft) {
    said.push(format.rate(batch.rate));
    said.push(trans.__('%1 left', format.duration(batch.secondsLeft)));
  }
  return said;
}

/** Dollars; `n/a` where no price is known, `≥` where that is so for a part. */
export function cost(used: { cost: number | null; unpriced: number }): string {
  const known = format.dollars(used.cost);
  return used.cost !== null && used.unpriced ? `≥ ${known}` : known;
}

/** What the run has used, each against its limit where it has one. */
export function budget(model: RunModel, trans: Trans): string[] {
  const { usage, limits, calls } = model;
  const said = [];
  if (usage.cost === null) {
    said.push(trans.__('cost n/a'));
  } else {
    const limit = limits.maxCost && !usage.unpriced ? `$${limits.maxCost}` : '';
    said.push(limited(cost(usage), limit, trans));
  }
  const cached = usage.cachedTokens
    ? ` ${trans.__('(%1 cached)', format.tokens(usage.cachedTokens))}`
    : '';
  const used = trans.__(
    '%1 in + %2 out tokens',
    format.tokens(usage.inputTokens),
    format.tokens(usage.outputTokens)
  );
  said.push(limited(used + cached, limits.maxTokens && format.count(limits.maxTokens), trans));
  const ended = calls.done + calls.failed + calls.cancelled;
  const made = trans._n('%2 call', '%2 calls', ended, format.count(ended));
  said.push(limited(made, limits.maxCalls && format.count(limits.maxCalls), trans));
  if (calls.failed) {
    said.push(trans.__('%1 failed', format.count(calls.failed)));
  }
  if (calls.reused) {
    said.push(trans.__('%1 reused at no cost', format.count(calls.reused)));
  }
  return said;
}

function limited(used: string, limit: string | 0, trans: Trans): string {
  return limit ? trans.__('%1 of %2', used, limit) : used;
}

/** The part of its budget that a run has used, of the limit it is nearest to; null without any. */
export function budgetUsed(model: RunModel): number | null {
  const { usage, limits, calls } = model;
  const parts = [
    [usage.cost ?? 0, limits.maxCost],
    [usage.inputTokens + usage.outputTokens, limits.maxTokens],
    [calls.started, limits.maxCalls]
  ].flatMap(([used, limit]) => (used !== undefined && limit ? [used / limit] : []));
  return parts.length ? Math.min(1, Math.max(...parts)) : null;
}

/** The commands that fit the status, between backticks. */
export function whatNext(model: RunModel, trans: Trans): string {
  switch (model.status) {
    case 'proposed':
      return trans.__(
        'Run it by hand, edited if you like · `%rlm accept` runs it · `%rlm skip` passes it over'
      );
    case 'paused':
      return trans.__('`%rlm resume` goes on · `%rlm stop` ends it');
    case 'interrupted':
      return trans.__(
        '`%rlm resume %1` goes on in a new kernel, once the cells above have run',
        model.id
      );
    case 'failed':
      return trans.__('`%rlm resume` tries again');
    case 'running':
    case 'finished':
    case 'stopped':
      return '';
  }
}

/** What the run says of itself beside the question. */
export function notes(model: RunModel, trans: Trans): string[] {
  const kept = model.shadowed.join(', ');
  return kept
    ? [...model.notes, trans.__('Your earlier %1 is kept: %rlm restore puts it back.', kept)]
    : [...model.notes];
}
