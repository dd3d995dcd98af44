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

/** Whether a run is a branch of another, or a branch of one, as far as runs are known. */
export function comesFrom(
  run: string,
  other: string,
  known: (run: string) => Pick<RunModel, 'root'> | undefined
): boolean {
  const model = known(run);
  const origin = model && originOf(model);
  return !!origin && (origin.run === other || comesFrom(origin.run, other, known));
}
