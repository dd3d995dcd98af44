/**
 * Texts that a model or a document wrote: made harmless to look at, and short enough.
 *
 * They reach the page as text nodes only, so nothing in them is markup. What is left to guard
 * against are characters that reorder or hide what is read.
 */

// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex -- the sequences that colour a terminal
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** `text` without anything that a display would obey. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(UNSEEN, mark => {
    const code = mark.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
  });
}

/** `text` without the colours of a terminal. */
export function withoutAnsi(text: string): string {
  return text.replace(ANSI, '');
}

/** The first line of `text` that says something, ended by … where it is longer than `width`. */
export function oneLine(text: string, width: number): string {
  const lines = text
    .trimStart()
    .slice(0, 4 * width)
    .split(/\r\n?|\n/);
  for (const line of lines) {
    const said = line
      .trim()
      .replace(/^[#*>-]+/, '')
      .trim();
    if (said) {
      const words = plain(said.replace(/\s+/g, ' '));
      return words.length <= width ? words : `${words.slice(0, width - 1)}…`;
    }
  }
  return '';
}

/** `oneLine` of prose, without the marks of Markdown that nearly every sentence of a model has. */
export function proseLine(text: string, width: number): string {
  return oneLine(text.slice(0, 8 * width).replace(/\*\*|`/g, ''), width);
}

/** The last `length` characters of `text`, from the beginning of a word. */
export function tail(text: string, length: number): string {
  return text.length <= length ? text : text.slice(-length).replace(/^\S*\s/, '');
}

/** A value of JSON as text. */
export function said(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  return value === null || value === undefined ? '' : JSON.stringify(value);
}
