/** Words of a `%rlm` line, which the kernel splits as a shell would. */

/** A text as one word, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replace(/'/g, `'"'"'`)}'`;
}

/** A text as one word, in quotes only where it needs them. */
export function word(text: string): string {
  return text === '' || /[\s'"\\]/.test(text) ? quoted(text) : text;
}
