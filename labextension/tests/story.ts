/** Runs to look at: the golden trajectories, and those told event by event. */

import { DEFAULTS, EventType, Json, RunEvent } from '../src/events';
import { eventsOfLines } from '../src/model/reading';

const FILES = import.meta.glob<string>('../../tests/data/trajectories/*.jsonl', {
  query: '?raw',
  import: 'default',
  eager: true
});

export type Golden =
  'simple' | 'fanout' | 'children' | 'failed_calls' | 'paused' | 'undone' | 'proposed';

/** A trajectory that the tests of the Python package read as well. */
export function golden(name: Golden): RunEvent[] {
  return eventsOfLines(FILES[`../../tests/data/trajectories/${name}.jsonl`] ?? '');
}

type OfType<T extends EventType> = Extract<RunEvent, { type: T }>;
type Fields<T extends EventType> = Partial<OfType<T>>;

export const START = 1_790_000_000;

/** What a call used, at a dollar a million tokens. */
export function usage(
  given: number,
  written: number,
  cost: number | null = (given + written) / 1e6
): Json {
  return {
    input_tokens: given,
    output_tokens: written,
    cached_tokens: 0,
    reasoning_tokens: 0,
    cost
  };
}

/** Records the events of one run, at times it decides itself. */
export class Story {
  readonly events: RunEvent[] = [];
  now = START;
  #seq = 0;

  constructor(started: Fields<'run_started'> = {}) {
    const limits = { max_steps: 20, max_calls: 10_000, max_cost: 1 };
    this.record('run_started', 'r', {
      ...{ question: 'How many?', model: 'big', sub_model: 'small', dialect: 'rlm', depth: 0 },
      ...{ limits, ...started }
    });
  }

  record<T extends EventType>(type: T, span: string, fields: Fields<T> = {}, after = 0): OfType<T> {
    this.now += after;
    const base = { v: 1, type, seq: this.#seq, time: this.now, run: 'run-1', span, parent: null };
    const event = { ...base, ...DEFAULTS[type], ...fields } as unknown as OfType<T>;
    this.#seq += type === 'reply_delta' ? 0 : 1;
    this.events.push(event);
    return event;
  }

  /** A step begins and its model is asked. */
  ask(step: number, run = 'r'): string {
    this.record('step_started', `${run}/${step}`, { step });
    const span = `${run}/${step}/q1`;
    this.record('call_started', span, { role: 'root', model: 'big', key: `k${step}` });
    return span;
  }

  reply(step: number, text = 'Look.', run = 'r', used = usage(100, 10)): void {
    const fields = { role: 'root', model: 'big', text, usage: used };
    this.record('call_finished', `${run}/${step}/q1`, fields, 2);
  }

  turn(step: number, run = 'r'): void {
    this.ask(step, run);
    this.reply(step, 'Look.', run);
  }

  cell(step: number, run = 'r', cell = 1): string {
    const span = `${run}/${step}.${cell}`;
    this.record('cell_started', span, { author: 'model', step, cell, code: 'x = 1' });
    return span;
  }

  ran(step: number, fields: Fields<'cell_finished'> = {}, run = 'r', cell = 1): void {
    const said = { author: 'model', step, cell, ...fields };
    this.record('cell_finished', `${run}/${step}.${cell}`, said, 0.5);
  }

  batch(cell: string, size: number, kind = 'llm'): string {
    return this.record('batch_started', `${cell}/b1`, { parent: cell, kind, size }).span;
  }

  call(cell: string, number: number, batch: string | null = null, index = number - 1): void {
    const fields = { parent: cell, role: 'sub', model: 'small', key: `k${number}`, batch };
    this.record('call_started', `${cell}/q${number}`, {
      ...fields,
      index: batch === null ? null : index
    });
  }

  answered(cell: string, number: number, fields: Fields<'call_finished'> = {}, after = 0.1): void {
    const said = { role: 'sub', model: 'small', text: 'no', usage: usage(40, 2), ...fields };
    this.record('call_finished', `${cell}/q${number}`, { parent: cell, ...said }, after);
  }

  refused(cell: string, number: number, fields: Fields<'call_failed'> = {}, after = 0.1): void {
    const said = { role: 'sub', model: 'small', error: 'RateLimited', message: 'later', ...fields };
    this.record('call_failed', `${cell}/q${number}`, { parent: cell, ...said }, after);
  }

  child(cell: string, number: number): string {
    const span = `${cell}/r${number}`;
    const fields = { question: `Chapter ${number}?`, model: 'big', sub_model: 'small', depth: 1 };
    this.record('run_started', span, { parent: cell, dialect: 'rlm', ...fields });
    return span;
  }

  finish(
    span = 'r',
    status = 'finished',
    answer: OfType<'run_finished'>['answer'] = null,
    reason = status === 'finished' ? 'answer' : 'max_steps'
  ): void {
    const seconds = this.now - START;
    this.record('run_finished', span, { status, reason, answer, seconds });
  }

  propose(step: number, codes: readonly string[], why = '', reason = 'step'): void {
    const cells = codes.map((code, place) => ({ cell: place + 1, code, why }));
    this.record('cells_proposed', `r/${step}`, { parent: 'r', step, cells });
    this.pause(reason, why);
  }

  pause(reason: string, message = '', span = 'r'): void {
    this.record('run_paused', span, { reason, message, step: 1 });
  }
}
