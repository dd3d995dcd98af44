/** The marks that stand in the place of what was cut out of a text, as rlm_kernel/messages/observation.py writes them. */

const MARK =
  /\n?\[… cut: ([\d,]+) characters in all, the first ([\d,]+) and the last ([\d,]+) are shown …\]\n?/g;

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Something that was cut out of the middle of a text; lengths are in characters as Python has them. */
export interface Cut {
  /** Where the mark is in the text, and what comes after it. */
  readonly start: number;
  readonly end: number;
  readonly total: number;
  readonly first: number;
  readonly last: number;
}

/** What was cut out of a text, by the marks in it. */
export function cutsIn(text: string): Cut[] {
  return [...text.matchAll(MARK)].map(match => {
    const [total = 0, first = 0, last = 0] = match
      .slice(1)
      .map(digits => Number(digits.replaceAll(',', '')));
    return { start: match.index, end: match.index + match[0].length, total, first, last };
  });
}

/** How long a text is, one that is shortened by its mark included. */
export function trueLength(text: string): number {
  const [cut, ...others] = cutsIn(text);
  return cut !== undefined && others.length === 0 ? cut.total : lengthOf(text);
}

/** Characters as Python counts them: one for each code point. */
export function lengthOf(text: string): number {
  return text.length - (text.match(PAIR)?.length ?? 0);
}

/** The first `count` code points of a text. */
export function firstOf(text: string, count: number): string {
  return [...text.slice(0, 2 * count)].slice(0, count).join('');
}
