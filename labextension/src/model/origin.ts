/** Where a branch comes from. */

import type { RunModel } from '../model';
import { amount, text } from './json';

/** A run, and the step after which it was left for another way. */
export interface Origin {
  readonly run: string;
  readonly step: number;
}

/** What a branch shares its first steps with; null for a run that is none. */
export function originOf(run: Pick<RunModel, 'root'>): Origin | null {
  const started = run.root.detail.find(event => event.type === 'run_started');
  const of = text(started?.branch_of['run']);
  return of === '' ? null : { run: of, step: amount(started?.branch_of['step']) };
}
