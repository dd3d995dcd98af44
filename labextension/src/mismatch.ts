/** What to do where the page and the kernel are of different versions. */

import { PROTOCOL } from './protocol';
import type { Trans } from './view/trans';

/** One sentence, as short as a notification, for a kernel of another version; null for one of this. */
export function mismatch(protocol: number, trans: Pick<Trans, '__'>): string | null {
  if (protocol === PROTOCOL) {
    return null;
  }
  return protocol > PROTOCOL
    ? trans.__(
        'This page is older than the kernel’s rlm-kernel: update rlm-kernel where JupyterLab is installed, restart it and reload the page.'
      )
    : trans.__(
        'The kernel’s rlm-kernel is older than this page: run %pip install --upgrade rlm-kernel and restart the kernel.'
      );
}
