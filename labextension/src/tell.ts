/** What a command could not do is told to the user, in the sentence of its error. */

import { Notification } from '@jupyterlab/apputils';

export function tell(error: unknown): void {
  Notification.error(error instanceof Error ? error.message : String(error));
}
