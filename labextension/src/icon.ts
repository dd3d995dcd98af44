/** The mark of a run: a cell that holds a cell that holds a cell. */

import { LabIcon } from '@jupyterlab/ui-components';

const frame = (inset: number): string => {
  const size = 24 - 2 * inset;
  return `<rect x="${inset}" y="${inset}" width="${size}" height="${size}" rx="2"/>`;
};

export const runIcon = new LabIcon({
  name: 'rlm-labextension:run',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3 jp-icon-stroke" fill="none" stroke="#616161" stroke-width="2">${frame(3)}${frame(7.5)}</g><rect class="jp-icon3" fill="#616161" x="11" y="11" width="2" height="2"/></svg>`
});
