/** The limit that a paused run has reached, of which it, or its branch, needs more to go on. */

import type { RunModel } from '../model';
import type { Limits } from './types';

export interface Raise {
  /** As the options have it: `max_steps`. */
  readonly limit: string;
  readonly to: number;
}

/** A limit that leaves room to go on: twice what it was. Null where no limit was in the way. */
export function raiseFor(run: Pick<RunModel, 'reason' | 'limits' | 'steps'>): Raise | null {
  const limit = run.reason;
  if (!limit.startsWith('max_')) {
    return null;
  }
  const name = limit.replace(/_(\w)/, (_, letter: string) => letter.toUpperCase());
  const was = run.limits[name as keyof Limits] ?? 0;
  // The extra turn to answer in may have gone beyond a limit of steps.
  const spent = limit === 'max_steps' ? run.steps.length : 0;
  return { limit, to: 2 * Math.max(was, spent) };
}

/** That limit as it is typed behind a `%rlm` command, with a blank before it; empty where there is none. */
export function raiseTyped(run: Parameters<typeof raiseFor>[0]): string {
  const raise = raiseFor(run);
  return raise === null ? '' : ` --${raise.limit.replace('_', '-')} ${raise.to}`;
}
