/** Reading span ids: `r/3.1/q5` is the fifth call of the first cell of the third step. */

import { NodeKind } from './types';

/** The span of the root run. */
export const ROOT = 'r';

/** Whether a span is part of the root run, and not of the session around it. */
export function isOfRun(span: string): boolean {
  return span === ROOT || span.startsWith(`${ROOT}/`);
}

/** What a span is part of: of a cell (`r/3.1`) it is its step (`r/3`). */
export function parentOf(span: string): string {
  const slash = span.lastIndexOf('/');
  const cell = /^(\d+)\.\d+$/.exec(span.slice(slash + 1));
  return cell ? `${span.slice(0, slash)}/${cell[1] ?? ''}` : span.slice(0, slash);
}

/** What a span is about, by the form of its last part. */
export function kindOf(span: string): NodeKind {
  const part = span.slice(span.lastIndexOf('/') + 1);
  if (part.startsWith('r')) {
    return 'run';
  }
  if (part.startsWith('q')) {
    return 'call';
  }
  if (part.startsWith('b')) {
    return 'batch';
  }
  return part.startsWith('h') || part.includes('.') ? 'cell' : 'step';
}

/** The number of the root's step that a span is part of; 0 for the root itself. */
export function stepOf(span: string): number {
  return Number.parseInt(span.split('/')[1] ?? '0', 10);
}
