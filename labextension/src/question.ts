/** The source of a cell in which a question can be written. */

import { PathExt } from '@jupyterlab/coreutils';
import { word } from './words';

/** Brings `%%rlm` into a kernel that does not have it. */
export const LOAD = '%load_ext rlm_kernel';

/** A `%%rlm` line about some contexts, and a place for the question below it. */
export function questionSource(contexts: readonly string[]): string {
  const options = contexts.map(context => ` --context ${word(context)}`);
  return `%%rlm${options.join('')}\n`;
}

/** A file as a context of a notebook, whose kernel works in the notebook's folder. */
export function fileContext(file: string, notebook: string): string {
  const path = PathExt.relative(PathExt.dirname(notebook), file);
  return isMisread(path) ? `./${path}` : path;
}

/** What would be taken for an option, for NAME=X, for a home folder, or for a variable. */
function isMisread(path: string): boolean {
  return /^[-~]|^[^/]*=|^[\p{L}_][\p{L}\p{N}_]*$/u.test(path);
}
