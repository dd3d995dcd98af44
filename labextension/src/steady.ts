/** What somebody reads stays where it is while cells come and grow above it. */

import type { NotebookPanel } from '@jupyterlab/notebook';

/** From the first word of a run the views of its notebook stay in place, also when it ends. */
export function steady(views: readonly NotebookPanel[]): void {
  views.forEach(({ content }) => content.addClass('rlm-mod-steady'));
}
