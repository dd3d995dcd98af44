/** What tells a text from another that begins like it, where either may be cut in its middle. */

import { cutsIn } from './cuts';

/** Characters that texts share before only the rest of them is told. */
const WORTH_LEAVING_OUT = 24;
const MOST_COMPARED = 20_000;

/**
 * `text` from where it differs from `other`, which may be at its end.
 *
 * Empty where it differs in nothing but what was cut out of it.
 */
export function toldApart(text: string, other = ''): string {
  const cuts = cutsIn(text);
  const head = text.slice(0, cuts[0]?.start);
  if (cuts.length === 0 || !other.startsWith(head)) {
    return fromDifference(head, other, WORTH_LEAVING_OUT);
  }
  const tail = afterCuts(text);
  return other.endsWith(tail)
    ? ''
    : fromDifference(inOneLine(tail), inOneLine(afterCuts(other)), 0);
}

/** What is left of a text after the last of its cuts. */
function afterCuts(text: string): string {
  return text.slice(cutsIn(text).at(-1)?.end);
}

function inOneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** `text` from the word in which it differs from `other`, if at least `least` characters come before. */
function fromDifference(text: string, other: string, least: number): string {
  const shared = sharedStart(text, other);
  return shared < least ? text : `…${text.slice(shared).trimStart()}`;
}

/** How many characters two texts have in common from their beginning, in whole words. */
function sharedStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length, MOST_COMPARED);
  let at = 0;
  while (at < most && a[at] === b[at]) {
    at += 1;
  }
  return at === a.length ? 0 : at - (/\S*$/.exec(a.slice(0, at))?.[0].length ?? 0);
}
