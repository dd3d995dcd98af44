/** What a kernel and the labextension say to each other; see `rlm_kernel/frontend/channel.py`. */

import type { ICell, IMimeBundle, IOutput } from '@jupyterlab/nbformat';
import type { RunEvent } from './events';

export const REQUEST = 'rlm_request';
export const COMM_TARGET = 'rlm';
/** A copy of a run, in the output of its cell. */
export const TRAJECTORY_MIME = 'application/vnd.rlm.trajectory.v1+json';
/** The version of what is said; a kernel of another one is told to the user. */
export const PROTOCOL = 1;

/** Something to be done to a cell of the notebook, by the front end whose session is `host`. */
export type CellOperation = { readonly host: string } & (
  | { readonly op: 'begin'; readonly owner: string; readonly message: string }
  | { readonly op: 'host' }
  | LeaveCells
  | PutCell
  | { readonly op: 'run'; readonly id: string }
  | DoneCell
  | ProposeCell
  | StayCell
  | HandOn
  | { readonly op: 'report' }
  | { readonly op: 'drop'; readonly id: string }
);

/** A run that another kernel has left goes on in a cell: its cards in other cells say so. */
export interface HandOn {
  readonly op: 'hand_on';
  readonly id: string;
  readonly card: IMimeBundle;
}

/** A branch goes another way: the cells of the steps that are abandoned leave the notebook. */
export interface LeaveCells {
  readonly op: 'leave';
  readonly ids: readonly string[];
}

/** Insert a cell, or write more into it; `message` is what its outputs will belong to. */
export interface PutCell {
  readonly op: 'put';
  readonly id: string;
  readonly type: 'markdown' | 'code';
  readonly source: string;
  readonly metadata: CellMetadata;
  readonly message: string | null;
  /** The cell that is executing; the new one stands below it. */
  readonly after: string;
}

/** Let a cell wait, as it was put, for the user to run, to edit or to pass over. */
export interface ProposeCell {
  readonly op: 'propose';
  readonly id: string;
  readonly metadata: CellMetadata;
}

/** Let a cell that waited stay as one that was not run. */
export interface StayCell {
  readonly op: 'stay';
  readonly id: string;
  readonly metadata: CellMetadata;
}

export interface DoneCell {
  readonly op: 'done';
  /** The user has run it: its outputs came as those of any cell. */
  readonly byHand?: boolean;
  readonly id: string;
  readonly source: string;
  readonly metadata: CellMetadata;
  readonly count?: number | null;
}

/** What a model's cell says of itself in the notebook file. */
export interface CellMetadata {
  readonly rlm: AboutCell;
  readonly tags?: string[];
}

export interface AboutCell {
  readonly run: string;
  /** The id of the `%%rlm` cell. */
  readonly owner?: string;
  readonly author: 'model' | 'human';
  readonly step: number;
  readonly cell?: number;
  readonly model?: string;
  /** Of the whole step, with its first cell. */
  readonly tokens?: number;
  /** US dollars; null where the price is not known. */
  readonly cost?: number | null;
  readonly seconds?: number;
  /** The user had edited it when it ran: there, or, as code for a branch, before it came. */
  readonly edited?: boolean | 'before';
  /** It waits for the user: why, where not every cell does. */
  readonly proposed?: string;
  /** It waited, and was not run: the user skipped it, or the run never came to it. */
  readonly left_out?: 'skipped' | 'not run';
  /** It was interrupted, perhaps by the end of its kernel. */
  readonly interrupted?: boolean | 'kernel died';
  /** Tells whether the source is still the model's. */
  readonly digest?: string;
}

/** A piece of a run on its way: batches are numbered, so that a gap is noticed. */
export interface RunBatch {
  readonly kind: 'run';
  readonly run: string;
  readonly n: number;
  readonly parts: readonly ({ readonly event: RunEvent } | { readonly cell: CellOperation })[];
}

/** A question to every front end, answered by the request `answer`. */
export type Question = { readonly kind: 'question'; readonly id: string } & (
  | { readonly ask: 'scheduled'; readonly code: string }
  | { readonly ask: 'holds'; readonly runs: readonly HeldRun[] }
);

/** A run and the cell of a notebook that it began in. */
export interface HeldRun {
  readonly run: string;
  readonly owner: string;
}

export type KernelMessage = RunBatch | Question | { readonly kind: 'goodbye' };

/** The cell that is running, and what its outputs belong to. */
export interface RunningCell {
  readonly id: string;
  readonly message: string;
}

/** The cell under which a run runs, what it is executed as, and what it shows. */
export interface OwnerRecord {
  readonly id: string;
  readonly message: string;
  readonly count: number;
  readonly outputs: readonly IOutput[];
  /** A server executes it, and puts what it shows into the notebook. */
  readonly served: boolean;
}

/** What a kernel has of the cells of a run, for a window that was not there all the time. */
export interface RunRecord {
  /** Of the run: running, paused, finished, … */
  readonly state: string;
  readonly cells: readonly ICell[];
  /** The cells of the present step as they are being written. */
  readonly written: readonly Omit<PutCell, 'op'>[];
  readonly running: RunningCell | null;
  /** Null where there is nothing to show: its `%%rlm` cell has asked again. */
  readonly owner: OwnerRecord | null;
}

/** What a command has to say of a run that is to go on, and what its cell has to stand below. */
export interface GoingOn {
  /** Whether a command means it without naming it, also in the next kernel. */
  readonly isLatest: boolean;
  /** The ids of the cells that were run since the run stands still. */
  readonly since: readonly string[];
}

/** A run as the kernel lists it. */
export interface RunSummary {
  readonly id: string;
  readonly question: string;
  readonly status: string;
  /** The id of the `%%rlm` cell it began in; empty if a front end without cell ids asked. */
  readonly owner: string;
}

export interface Greeting {
  readonly protocol: number;
  readonly runs: readonly RunSummary[];
}
