/** What a reply says beside its code, for looking at it. */

const FENCE = /^[ \t]*(`{3,})[ \t]*([^`]*)$/;
const RUNNABLE = new Set(['repl', 'python', 'py', '']);

export interface ReplyParts {
  /** The text outside the code that runs. */
  thought: string;
  /** The code that runs, block by block. */
  cells: string[];
  /** The last block is not closed: it is still being written. */
  open: boolean;
}

/**
 * A reply taken apart, as rlm_kernel/messages/reply.py does for running it. Here it is only
 * looked at, so a fence inside a string of the code may end its block early.
 */
export function splitReply(text: string): ReplyParts {
  const prose: string[] = [];
  const blocks: string[][] = [];
  let fence = '';
  let runs = false;
  for (const line of text.split(/\r\n?|\n/)) {
    const [, ticks = '', info = ''] = FENCE.exec(line) ?? [];
    const closes = fence !== '' && ticks.length >= fence.length && info === '';
    const opens = fence === '' && ticks !== '';
    if (opens) {
      fence = ticks;
      runs = isRunnable(info);
      if (runs) {
        blocks.push([]);
      }
    }
    if (fence === '' || !runs) {
      prose.push(line);
    } else if (!opens && !closes) {
      blocks.at(-1)?.push(line);
    }
    if (closes) {
      fence = '';
    }
  }
  const cells = blocks.map(lines => lines.join('\n')).filter(code => code.trim());
  return {
    thought: prose.join('\n').trim(),
    cells,
    open: fence !== '' && runs && cells.length > 0
  };
}

function isRunnable(info: string): boolean {
  return RUNNABLE.has(info.trim().split(/\s/)[0]?.toLowerCase() ?? '');
}
