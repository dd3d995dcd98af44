/** The icons of commands; the mark of a run is a cell that holds a cell that holds a cell. */

import { LabIcon } from '@jupyterlab/ui-components';

/** A square around the middle of 24 by 24, by half its side. */
const square = (half: number): string => {
  const [from, to] = [12 - half, 12 + half];
  return `M${from} ${from}H${to}V${to}H${from}Z`;
};

const CELLS = [10, 8, 6, 4, 2].map(square).join('');

const GREY = '#616161';
const drawing = (path: string, colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="${colour}" fill-rule="evenodd" d="${path}"/></svg>`;

export const runIcon = new LabIcon({
  name: 'rlm-labextension:run',
  svgstr: drawing(CELLS, GREY)
});

/** To go on from where one stands, unlike to run a cell or all. */
export const resumeIcon = new LabIcon({
  name: 'rlm-labextension:resume',
  svgstr: drawing('M5 5H8V19H5ZM10 5L21 12L10 19Z', GREY)
});

/** What was proposed may run. */
export const acceptIcon = new LabIcon({
  name: 'rlm-labextension:accept',
  svgstr: drawing('M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4Z', GREY)
});

/** The same as an image, as the launcher wants it beside the logos of kernels. */
export const runLogo = `data:image/svg+xml,${encodeURIComponent(drawing(CELLS, '#f37726'))}`;
