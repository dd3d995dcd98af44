/** What tells the runs of a notebook apart. */

import type { RunModel } from '../model';
import { originOf } from '../model/origin';
import { oneLine } from './text';
import type { Trans } from './trans';

const QUESTION = 60;
/** As many characters of a run's id are enough for `%rlm` commands. */
const END = 4;

/** Of which run it is a branch, what it was asked, and the end of its id. */
export function nameOf(run: RunModel, trans: Trans): string {
  const question = oneLine(run.question, QUESTION);
  const id = shortId(run.id);
  const origin = originOf(run);
  if (origin !== null) {
    const of = shortId(origin.run);
    return trans.__('Branch %1 of %2 after step %3 · %4', id, of, origin.step, question);
  }
  return question ? trans.__('%1 · %2', question, id) : run.id;
}

function shortId(run: string): string {
  return run.slice(-END);
}
