/** The outputs of a cell as text. */

import type { Json } from '../events';
import * as format from './format';
import { said, withoutAnsi } from './text';

/** An nbformat output as text; what is no text is named with its size. */
export function outputText(output: Json): string {
  switch (output.output_type) {
    case 'stream':
      return joined(output.text);
    case 'error':
      return errorText(output);
    default:
      return dataText(output.data);
  }
}

/** The error of a cell: its traceback, or else its name and value. */
export function errorText(error: Json): string {
  const traceback = withoutAnsi(joined(error.traceback, '\n'));
  return traceback.trim() || `${said(error.ename)}: ${said(error.evalue)}`;
}

function dataText(data: unknown): string {
  if (typeof data !== 'object' || data === null) {
    return '';
  }
  const bundle = new Map<string, unknown>(Object.entries(data));
  const pictures = [...bundle]
    .filter(([mime]) => mime.startsWith('image/'))
    .map(([mime, value]) => `[${mime}, ${format.size(byteSize(value))}]`);
  const text = bundle.get('text/plain') ?? bundle.get('text/markdown');
  const parts = text === undefined ? pictures : [...pictures, joined(text)];
  return parts.length ? parts.join('\n') : `[${[...bundle.keys()].join(', ')}]`;
}

/** A text of nbformat, which may be in pieces. */
function joined(text: unknown, between = ''): string {
  return Array.isArray(text) ? text.map(said).join(between) : said(text);
}

/** The size of what base64 holds. */
function byteSize(value: unknown): number {
  return Math.floor((joined(value).length * 3) / 4);
}
