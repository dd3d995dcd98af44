/** Taking values out of JSON whose shape nothing guarantees. */

import { Json } from '../events';
import { Answer, Limits } from './types';

/** A number; 0 where there is none. */
export function amount(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** A text; empty where there is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The limits a run was given. */
export function limitsOf(limits: Json): Limits {
  return {
    maxSteps: amount(limits['max_steps']),
    maxCalls: amount(limits['max_calls']),
    maxTokens: amount(limits['max_tokens']),
    maxCost: amount(limits['max_cost']),
    maxSeconds: amount(limits['max_seconds']),
    maxDepth: amount(limits['max_depth'])
  };
}

/** What a run answered. */
export function answerOf(answer: Json): Answer {
  const said = { type: text(answer['type']), text: text(answer['text']) };
  return 'json' in answer ? { ...said, json: answer['json'] } : said;
}
