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

export interface Picture {
  readonly type: string;
  /** As the address of an image, which runs nothing. */
  readonly address: string;
  readonly size: number;
}

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const BASE64 = /^[A-Za-z0-9+/=\s]*$/;

/** The pictures of an output that a page can show as they are. */
export function picturesOf(output: Json): Picture[] {
  return [...bundleOf(output.data)]
    .map(([type, value]) => ({ type, base64: joined(value) }))
    .filter(({ type, base64 }) => PICTURES.has(type) && BASE64.test(base64))
    .map(({ type, base64 }) => {
      return { type, address: `data:${type};base64,${base64}`, size: byteSize(base64) };
    });
}

/** The types of an output besides plain text. */
export function typesOf(output: Json): string[] {
  return [...bundleOf(output.data).keys()].filter(type => type !== 'text/plain');
}

function bundleOf(data: unknown): Map<string, unknown> {
  return new Map<string, unknown>(
    typeof data === 'object' && data !== null ? Object.entries(data) : []
  );
}

function dataText(data: unknown): string {
  const bundle = bundleOf(data);
  if (bundle.size === 0) {
    return '';
  }
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
