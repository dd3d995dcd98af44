import { RunEvent } from '../events';

/** Where a run stands; `interrupted` means that its kernel ended before it did. */
export type Status =
  'running' | 'proposed' | 'paused' | 'interrupted' | 'finished' | 'stopped' | 'failed';

/** The bounds of a run; 0 means none, except for depth, where it means no children. */
export interface Limits {
  readonly maxSteps: number;
  readonly maxCalls: number;
  readonly maxTokens: number;
  readonly maxCost: number;
  readonly maxSeconds: number;
  readonly maxDepth: number;
}

/** What calls used. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The part of `inputTokens` that came from the provider's cache. */
  readonly cachedTokens: number;
  /** The part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens: number;
  /** US dollars of the calls whose price is known; null where none is: `n/a`. */
  readonly cost: number | null;
  /** Calls whose price is not known; where there are some, a known cost is a lower bound: `≥`. */
  readonly unpriced: number;
}

export type NodeKind = 'run' | 'step' | 'cell' | 'batch' | 'call';

/**
 * A run that a limit stopped is `failed` as a child, as it is for its parent, and `cancelled` as the
 * root; what was interrupted, a child, a cell or its step, and what was open when a run stood still
 * are `cancelled`.
 */
export type NodeState = 'running' | 'done' | 'failed' | 'cancelled' | 'paused' | 'proposed';

/**
 * A span of a run with what is part of it. Nodes are plain objects, for there may be a hundred
 * thousand. Hold their spans rather than them: a late event makes all nodes of a model anew.
 */
export interface Node {
  readonly span: string;
  readonly kind: NodeKind;
  readonly parent: Node | null;
  /** In the order they began: of a step its reply and cells, of a batch its calls or runs. */
  readonly children: readonly Node[];
  readonly state: NodeState;
  /** Unix seconds. */
  readonly started: number;
  readonly ended: number | null;
  /** `step 3`, `cell 3.1`, `your cell`, `reply`, `llm_query`, `batch of 200`, a run's question. */
  readonly label: string;
  /** Of a call, a run, and of a step once it is answered; else empty. */
  readonly model: string;
  /** Input and output tokens of itself and all below. */
  readonly tokens: number;
  /** US dollars of itself and all below, as in `Usage`. */
  readonly cost: number | null;
  readonly unpriced: number;
  /** Calls below it that are over: sub-calls and the turns of child runs, not a run's own turns. */
  readonly calls: number;
  /** Of those, the ones that failed; cancelled ones did not. */
  readonly failed: number;
  /** The events about it, in order, by reference. */
  readonly detail: readonly RunEvent[];
}

/** What cells called: sub-calls, and the turns of child runs. */
export interface Calls {
  readonly started: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly running: number;
  /** Of those done: answered from an earlier reply, at no cost. */
  readonly reused: number;
  /** The limit; 0 where there is none. */
  readonly max: number;
}

/** A batch that a cell of the root is waiting for; of kind `rlm` it counts child runs. */
export interface Batch {
  readonly span: string;
  readonly kind: 'llm' | 'rlm';
  readonly size: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  /** Prompts whose call is over, however it ended: at most `size`. */
  readonly ended: number;
  /** Unix seconds. */
  readonly started: number;
  /** Calls that end in a second, over the last ten; 0 while nothing can be said of it. */
  readonly rate: number;
  /** Until the last call ends at that rate; null while there is none. */
  readonly secondsLeft: number | null;
}

/** The child runs that the cells of a step of the root started. */
export interface ChildRuns {
  readonly done: number;
  readonly failed: number;
  /** Those that were interrupted with the run. */
  readonly cancelled: number;
  readonly running: ReadonlySet<Node>;
}

/** The root's reply while it is being written. */
export interface Stream {
  readonly step: number;
  readonly text: string;
  readonly reasoning: string;
}

/** A call that failed in a way that may pass; its attempt `attempt` comes `wait` seconds later. */
export interface Retry {
  readonly error: string;
  readonly attempt: number;
  readonly wait: number;
}

export interface Answer {
  readonly type: string;
  readonly text: string;
  /** The value, where it is JSON and not too large. */
  readonly json?: unknown;
}
