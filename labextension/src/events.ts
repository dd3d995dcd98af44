// Generated from rlm_kernel/events.py by labextension/generate_events.py: change that, not this.

/**
 * The events of a trajectory: one small type each, with one literal tag.
 *
 * Events are flat.  `span` says what an event is about and `parent` what that is part of,
 * so that `trajectory.tree` can nest them again.  Span ids are paths, equal in equal runs::
 *
 *     r                the root run
 *     r/3              its third step
 *     r/3/q1           the call to the root model that wrote the step
 *     r/3.1            the step's first cell
 *     r/3.1/q5         the fifth call that cell made
 *     r/3.1/r1         the first child run it started (r/3.1/r1/2.1: a cell of that child)
 *     s/q1             a call a human made outside any run (in the session's trajectory)
 *
 * An event stores what was *added*, never the whole conversation, so a trajectory grows
 * linearly with its run.  Times are Unix seconds, durations seconds, costs US dollars
 * (null where no price is known).
 */

export const SCHEMA_VERSION = 1;

/** An object of JSON, whose values are to be looked at before they are used. */
export type Json = Record<string, unknown>;

/** What every event has. */
export interface BaseEvent {
  readonly v: number;
  readonly seq: number;
  readonly time: number;
  readonly run: string;
  readonly span: string;
  readonly parent: string | null;
}

/** A run, or a child run, begins. */
export interface RunStarted extends BaseEvent {
  readonly type: 'run_started';
  readonly question: string;
  readonly model: string;
  readonly sub_model: string;
  readonly dialect: string;
  readonly depth: number;
  /** For each: name, expression, type, size, fingerprint, description. */
  readonly contexts: Json[];
  readonly limits: Json;
  readonly options: Json;
  readonly shadowed: string[];
  readonly notes: string[];
  /** The models whose price is not known. */
  readonly unpriced: string[];
  /** By name: price (US dollars per token in, out, and in from a prompt cache) and window. */
  readonly models: Json;
  readonly versions: Json;
  /** Of a branch: the run it comes from, and the step after which it went another way. */
  readonly branch_of: Json;
  /** Of a root run: the working directory it began in. */
  readonly cwd: string;
  /** Whether it was read from the copy that a notebook holds, in which long texts are cut. */
  readonly shortened: boolean;
}

/** A system or user message joins the conversation (a reply joins it as `CallFinished`). */
export interface MessageAdded extends BaseEvent {
  readonly type: 'message_added';
  readonly role: string;
  readonly content: string;
}

/** A turn of the model begins. */
export interface StepStarted extends BaseEvent {
  readonly type: 'step_started';
  readonly step: number;
  /** The extra turn that a run gets when a limit is reached. */
  readonly last: boolean;
}

/** A request goes to a model. */
export interface CallStarted extends BaseEvent {
  readonly type: 'call_started';
  /** `root` for the turn of a run, `sub` for a sub-call. */
  readonly role: string;
  readonly model: string;
  readonly key: string;
  /** Of a sub-call; those of a root call are the conversation so far. */
  readonly messages: Json[];
  readonly params: Json;
  readonly batch: string | null;
  readonly index: number | null;
  /** What the cell called: `llm_query`, or `rlm_query` where no child run was allowed. */
  readonly function: string;
}

/**
 * A piece of a root model's reply, while it is being written.
 *
 * Transient: it reaches the views and is not stored.
 */
export interface ReplyDelta extends BaseEvent {
  readonly type: 'reply_delta';
  readonly text: string;
  readonly reasoning: string;
}

/** A call failed in a way that may pass and will be made again. */
export interface CallRetried extends BaseEvent {
  readonly type: 'call_retried';
  readonly error: string;
  readonly wait: number;
  readonly attempt: number;
}

/** A model replied. */
export interface CallFinished extends BaseEvent {
  readonly type: 'call_finished';
  readonly role: string;
  readonly model: string;
  readonly text: string;
  readonly reasoning: string;
  readonly finish_reason: string;
  readonly usage: Json;
  readonly seconds: number;
  /**
   * Answered from an earlier reply, at no cost; `usage` is then what that one used, if not in this run.
   */
  readonly cached: boolean;
}

/** A call ended without a reply. */
export interface CallFailed extends BaseEvent {
  readonly type: 'call_failed';
  readonly role: string;
  readonly model: string;
  readonly error: string;
  readonly message: string;
  readonly usage: Json;
  readonly seconds: number;
  readonly cancelled: boolean;
}

/** A cell asks many prompts at once. */
export interface BatchStarted extends BaseEvent {
  readonly type: 'batch_started';
  /** `llm` or `rlm`. */
  readonly kind: string;
  readonly size: number;
}

/** Every call of a batch has ended. */
export interface BatchFinished extends BaseEvent {
  readonly type: 'batch_finished';
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
}

/** A cell begins to run in the namespace. */
export interface CellStarted extends BaseEvent {
  readonly type: 'cell_started';
  readonly author: string;
  readonly step: number;
  readonly cell: number;
  readonly code: string;
  /**
   * Names of the keys whose values stood in the code, where the record has the names in brackets.
   */
  readonly secrets: string[];
}

/** A cell has run; `outputs` are nbformat outputs. */
export interface CellFinished extends BaseEvent {
  readonly type: 'cell_finished';
  readonly author: string;
  readonly step: number;
  readonly cell: number;
  readonly outputs: Json[];
  readonly omitted: number;
  /** ename, evalue, traceback. */
  readonly error: Json | null;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly execution_count: number | null;
  /** For each name that changed: name, change, type, size. */
  readonly names: Json[];
  readonly reads: string[];
}

/** The user took back what a step did to names. */
export interface StepUndone extends BaseEvent {
  readonly type: 'step_undone';
  readonly step: number;
  readonly removed: string[];
  readonly put_back: string[];
  /** Changed since, and left as they are. */
  readonly left: string[];
  /** Names whose objects were changed in place, and not restored. */
  readonly changed: string[];
  /** Names whose objects may have been. */
  readonly doubtful: string[];
}

/** Cells of a reply wait for the human: the run pauses before they run. */
export interface CellsProposed extends BaseEvent {
  readonly type: 'cells_proposed';
  readonly step: number;
  /**
   * For each: cell (its number), code, and why it waits, where there is more to say than that it does.
   */
  readonly cells: Json[];
}

/** The run handed the kernel back; it can be resumed. */
export interface RunPaused extends BaseEvent {
  readonly type: 'run_paused';
  readonly reason: string;
  readonly message: string;
  readonly step: number;
}

/** A paused run goes on. */
export interface RunResumed extends BaseEvent {
  readonly type: 'run_resumed';
  readonly hint: string | null;
  readonly limits: Json;
  /** What made it go on: `resume`, `step`, `accept`, or `skip`, which leaves waiting cells out. */
  readonly command: string;
}

/** A run is over: `finished`, `stopped` or `failed`. */
export interface RunFinished extends BaseEvent {
  readonly type: 'run_finished';
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** type, text, and the value as json where it is not too large. */
  readonly answer: Json | null;
  readonly usage: Json;
  readonly seconds: number;
}

/** Something went wrong beside the run, which goes on. */
export interface Warned extends BaseEvent {
  readonly type: 'warned';
  readonly message: string;
}

export type RunEvent =
  | RunStarted
  | MessageAdded
  | StepStarted
  | CallStarted
  | ReplyDelta
  | CallRetried
  | CallFinished
  | CallFailed
  | BatchStarted
  | BatchFinished
  | CellStarted
  | CellFinished
  | StepUndone
  | CellsProposed
  | RunPaused
  | RunResumed
  | RunFinished
  | Warned;

export type EventType = RunEvent['type'];

/** The types of the fields, to check what a stranger's file holds; `every` event has those. */
export const FIELDS: { readonly [T in EventType | 'every']: Readonly<Record<string, string>> } = {
  every: { seq: 'number', time: 'number', run: 'string', span: 'string', parent: 'string | null' },
  run_started: {
    question: 'string',
    model: 'string',
    sub_model: 'string',
    dialect: 'string',
    depth: 'number',
    contexts: 'Json[]',
    limits: 'Json',
    options: 'Json',
    shadowed: 'string[]',
    notes: 'string[]',
    unpriced: 'string[]',
    models: 'Json',
    versions: 'Json',
    branch_of: 'Json',
    cwd: 'string',
    shortened: 'boolean'
  },
  message_added: { role: 'string', content: 'string' },
  step_started: { step: 'number', last: 'boolean' },
  call_started: {
    role: 'string',
    model: 'string',
    key: 'string',
    messages: 'Json[]',
    params: 'Json',
    batch: 'string | null',
    index: 'number | null',
    function: 'string'
  },
  reply_delta: { text: 'string', reasoning: 'string' },
  call_retried: { error: 'string', wait: 'number', attempt: 'number' },
  call_finished: {
    role: 'string',
    model: 'string',
    text: 'string',
    reasoning: 'string',
    finish_reason: 'string',
    usage: 'Json',
    seconds: 'number',
    cached: 'boolean'
  },
  call_failed: {
    role: 'string',
    model: 'string',
    error: 'string',
    message: 'string',
    usage: 'Json',
    seconds: 'number',
    cancelled: 'boolean'
  },
  batch_started: { kind: 'string', size: 'number' },
  batch_finished: { done: 'number', failed: 'number', seconds: 'number' },
  cell_started: {
    author: 'string',
    step: 'number',
    cell: 'number',
    code: 'string',
    secrets: 'string[]'
  },
  cell_finished: {
    author: 'string',
    step: 'number',
    cell: 'number',
    outputs: 'Json[]',
    omitted: 'number',
    error: 'Json | null',
    interrupted: 'boolean',
    seconds: 'number',
    execution_count: 'number | null',
    names: 'Json[]',
    reads: 'string[]'
  },
  step_undone: {
    step: 'number',
    removed: 'string[]',
    put_back: 'string[]',
    left: 'string[]',
    changed: 'string[]',
    doubtful: 'string[]'
  },
  cells_proposed: { step: 'number', cells: 'Json[]' },
  run_paused: { reason: 'string', message: 'string', step: 'number' },
  run_resumed: { hint: 'string | null', limits: 'Json', command: 'string' },
  run_finished: {
    status: 'string',
    reason: 'string',
    message: 'string',
    answer: 'Json | null',
    usage: 'Json',
    seconds: 'number'
  },
  warned: { message: 'string' }
};

/** The fields that a file may lack, with the values these then have. */
export const DEFAULTS: { readonly [T in EventType]: Partial<Extract<RunEvent, { type: T }>> } = {
  run_started: {
    contexts: [],
    limits: {},
    options: {},
    shadowed: [],
    notes: [],
    unpriced: [],
    models: {},
    versions: {},
    branch_of: {},
    cwd: '',
    shortened: false
  },
  message_added: {},
  step_started: { last: false },
  call_started: { messages: [], params: {}, batch: null, index: null, function: '' },
  reply_delta: { text: '', reasoning: '' },
  call_retried: {},
  call_finished: { reasoning: '', finish_reason: 'stop', usage: {}, seconds: 0, cached: false },
  call_failed: { usage: {}, seconds: 0, cancelled: false },
  batch_started: {},
  batch_finished: {},
  cell_started: { secrets: [] },
  cell_finished: {
    outputs: [],
    omitted: 0,
    error: null,
    interrupted: false,
    seconds: 0,
    execution_count: null,
    names: [],
    reads: []
  },
  step_undone: { removed: [], put_back: [], left: [], changed: [], doubtful: [] },
  cells_proposed: { cells: [] },
  run_paused: {},
  run_resumed: { hint: null, limits: {}, command: 'resume' },
  run_finished: { message: '', answer: null, usage: {}, seconds: 0 },
  warned: {}
};
