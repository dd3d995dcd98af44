/** What the commands are called, and what their arguments are. */

export const CommandIDs = {
  pause: 'rlm:pause',
  pauseAfterStep: 'rlm:pause-after-step',
  resume: 'rlm:resume',
  resumeWithHint: 'rlm:resume-with-hint',
  accept: 'rlm:accept',
  skip: 'rlm:skip',
  step: 'rlm:step',
  stop: 'rlm:stop',
  exportRun: 'rlm:export',
  open: 'rlm:open-trajectory',
  jump: 'rlm:show-in-trajectory',
  branch: 'rlm:branch',
  ask: 'rlm:ask',
  askAboutFile: 'rlm:ask-about-file',
  newNotebook: 'rlm:new-notebook',
  keys: 'rlm:provider-keys'
} as const;

/** The commands that act on a run, or show it. */
export const RUN_COMMANDS: readonly string[] = [
  CommandIDs.pause,
  CommandIDs.pauseAfterStep,
  CommandIDs.resume,
  CommandIDs.resumeWithHint,
  CommandIDs.accept,
  CommandIDs.skip,
  CommandIDs.step,
  CommandIDs.stop,
  CommandIDs.exportRun,
  CommandIDs.open
];

/** What the palette lists; the others need something that is pointed at. */
export const PALETTE_COMMANDS: readonly string[] = [
  ...RUN_COMMANDS,
  CommandIDs.jump,
  CommandIDs.branch,
  CommandIDs.ask,
  CommandIDs.newNotebook,
  CommandIDs.keys
];

export const NO_ARGUMENTS = { type: 'object' as const, properties: {} };

/** The argument of a command in the menu of a cell, which shows only what can be done with that. */
export const IN_CELL_MENU = { cellMenu: true } as const;

const CELL_MENU_ARGUMENT = {
  cellMenu: {
    type: 'boolean' as const,
    description: 'Whether it is hidden, and not only disabled, where it cannot act.'
  }
};

export const CELL_ARGUMENTS = { type: 'object' as const, properties: CELL_MENU_ARGUMENT };

export const RUN_ARGUMENT = {
  type: 'object' as const,
  properties: {
    run: { type: 'string' as const, description: 'The id of the run; the latest.' },
    notebook: {
      type: 'string' as const,
      description: 'The id of the notebook whose latest run is meant; the current one.'
    }
  }
};

export const BRANCH_ARGUMENTS = {
  type: 'object' as const,
  properties: {
    run: { type: 'string' as const, description: 'The id of the run; that of the active cell.' },
    step: {
      type: 'number' as const,
      description: 'The step after which it goes another way; that of the active cell.'
    },
    ...CELL_MENU_ARGUMENT
  }
};
