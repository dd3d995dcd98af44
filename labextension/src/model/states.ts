/** What the nodes of runs and cells are, by what became of them. */

import { CellFinished, RunFinished, RunPaused } from '../events';
import { NodeState, Status } from './types';

/** The reasons for which a run returns with a step that waits to be accepted. */
const PROPOSING = new Set(['step', 'approve']);
/** The reasons for which a child run stops because its parent does. */
const CUT_OFF = new Set(['interrupt', 'kernel']);

/** The state of the root's node when the run stands still. */
export const STATES: { readonly [S in Status]: NodeState } = {
  running: 'running',
  proposed: 'proposed',
  paused: 'paused',
  interrupted: 'paused',
  finished: 'done',
  stopped: 'cancelled',
  failed: 'failed'
};

export function statusAtPause({ reason }: RunPaused): Status {
  return PROPOSING.has(reason) ? 'proposed' : 'paused';
}

export function statusAtEnd({ status }: RunFinished): Status {
  return status === 'finished' || status === 'stopped' ? status : 'failed';
}

/** The state of a child that has come to its end. */
export function stateOfChild({ status, reason }: RunFinished): NodeState {
  return status === 'finished' ? 'done' : CUT_OFF.has(reason) ? 'cancelled' : 'failed';
}

export function stateOfCell({ interrupted, error }: CellFinished): NodeState {
  return interrupted ? 'cancelled' : error === null ? 'done' : 'failed';
}
