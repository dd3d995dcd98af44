/** Icons of 16 by 16 pixels in the colour of the text around them. */

const SVG = 'http://www.w3.org/2000/svg';

const CIRCLE = 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z';

/** Strokes unless the name is among `FILLED`. */
const PATHS = {
  running: 'M14 8a6 6 0 1 1-6-6',
  waiting: CIRCLE,
  proposed: 'M8 2.2 13.8 8 8 13.8 2.2 8Z',
  paused: `${CIRCLE}M6.4 5.6v4.8M9.6 5.6v4.8`,
  interrupted: `${CIRCLE}M6.4 5.6v4.8M9.6 5.6v4.8`,
  finished: `${CIRCLE}M5.3 8.2l1.9 1.9 3.6-3.9`,
  done: 'M4.6 8.3l2.2 2.2 4.6-4.9',
  stopped: `${CIRCLE}M6.2 6.2h3.6v3.6H6.2Z`,
  failed: `${CIRCLE}M6 6l4 4M10 6l-4 4`,
  cancelled: `${CIRCLE}M5.4 8h5.2`,
  caret: 'M6 4l4 4-4 4',
  back: 'M10 4 6 8l4 4',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9ZM10.4 10.4l3.4 3.4',
  reveal: 'M9 2.5h4.5V7M13.5 2.5 8 8M11.5 9.5v4h-9v-9h4',
  branch:
    'M4.5 5.5v5M4.5 8.5c0-1.4 1-2 3-2h1.3c1.6 0 2.7-.6 2.7-2' +
    'M4.5 2.5a1.5 1.5 0 1 1 0 3a1.5 1.5 0 0 1 0-3ZM4.5 10.5a1.5 1.5 0 1 1 0 3a1.5 1.5 0 0 1 0-3Z' +
    'M11.5 1.5a1.5 1.5 0 1 1 0 3a1.5 1.5 0 0 1 0-3Z',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  fit: 'M2.5 4v8M13.5 4v8M5 8h6M6.7 6.2 5 8l1.7 1.8M9.3 6.2 11 8 9.3 9.8'
} as const;

export type IconName = keyof typeof PATHS;

/** An icon; what it means is said by text or by the label of what holds it. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'rlm-icon');
  svg.append(document.createElementNS(SVG, 'path'));
  setIcon(svg, name);
  return svg;
}

/** Make an icon another one. */
export function setIcon(svg: SVGSVGElement, name: IconName): void {
  if (svg.dataset.icon !== name) {
    svg.dataset.icon = name;
    svg.firstElementChild?.setAttribute('d', PATHS[name]);
  }
}
