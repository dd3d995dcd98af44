/** Where a run can be left for another way. */

import type { Node, RunModel } from '../model';
import { stepNumber } from './labels';

/**
 * The number of the step after which a run may go another way, where a node is that step or one of
 * its cells; 0 where it is neither, or where the step is not over.
 */
export function branchPoint(model: RunModel, node: Node | null): number {
  const step = node?.kind === 'cell' ? node.parent : node;
  const isOwn = step?.kind === 'step' && step.parent === model.root;
  const isOver = model.status !== 'running' && step?.state !== 'proposed';
  return isOwn && isOver ? stepNumber(step) : 0;
}
