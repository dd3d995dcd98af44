/** What to do where the page and the kernel are of different versions. */

import { PROTOCOL } from './protocol';
import type { Trans } from './view/trans';

/** One sentence for a kernel that speaks another version; null for one that speaks this. */
export function mismatch(protocol: number, trans: Pick<Trans, '__'>): string | null {
  if (protocol === PROTOCOL) {
    return null;
  }
  return protocol > PROTOCOL
    ? trans.__(
        'This page is older than the rlm-kernel of its kernel, and shows runs only as plain outputs: update rlm-kernel where JupyterLab is installed, restart JupyterLab and reload the page.'
      )
    : trans.__(
        'The rlm-kernel of this kernel is older than the page, and its runs are shown only as plain outputs: run %pip install --upgrade rlm-kernel in the notebook and restart the kernel.'
      );
}
