/** What the plugins provide to each other, and to other extensions. */

import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { NotebookRuns } from './notebook';
import type { Preferences } from './preferences';
import type { RunRegistry } from './registry';

/** The runs that this page knows. */
export const IRunRegistry = new Token<RunRegistry>(
  'rlm-labextension:IRunRegistry',
  'The runs of recursive language models that this page knows, live and saved.'
);

/** What the user has set. */
export const IPreferences = new Token<Preferences>(
  'rlm-labextension:IPreferences',
  "The user's settings for recursive language models."
);

/** The runs of each open notebook. */
export interface INotebooks {
  /** Of a notebook; undefined once it is closed. */
  of(panel: NotebookPanel | null): NotebookRuns | undefined;
  /** Of the notebook whose widget has an id. */
  withId(id: string): NotebookRuns | undefined;
  /** Of the notebook whose kernel has a run, and that asked it, or that holds the card of one whose kernel has ended. */
  withRun(run: string): NotebookRuns | undefined;
  /** Of the notebook that is being worked in. */
  readonly current: NotebookRuns | undefined;
  /** Another notebook is worked in, or its runs have changed. */
  readonly changed: ISignal<INotebooks, void>;
}

export const INotebooks = new Token<INotebooks>(
  'rlm-labextension:INotebooks',
  'The open notebooks with the line to their kernels and their runs.'
);
