/** The mark of a run: a cell that holds a cell that holds a cell. */

import { LabIcon } from '@jupyterlab/ui-components';

/** A square around the middle of 24 by 24, by half its side. */
const square = (half: number): string => {
  const [from, to] = [12 - half, 12 + half];
  return `M${from} ${from}H${to}V${to}H${from}Z`;
};

const CELLS = [10, 8, 6, 4, 2].map(square).join('');

const drawing = (colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="${colour}" fill-rule="evenodd" d="${CELLS}"/></svg>`;

export const runIcon = new LabIcon({ name: 'rlm-labextension:run', svgstr: drawing('#616161') });

/** The same as an image, as the launcher wants it beside the logos of kernels. */
export const runLogo = `data:image/svg+xml,${encodeURIComponent(drawing('#f37726'))}`;
