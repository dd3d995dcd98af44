/** What the views need of a translation bundle; JupyterLab's `TranslationBundle` fits. */
export interface Trans {
  /** `text` in the reader's language, `%1`, `%2`, … replaced by `args`. */
  __(text: string, ...args: (string | number)[]): string;
  /** One of two forms by `n`, which is `%1`; `args` are `%2`, `%3`, … */
  _n(singular: string, plural: string, n: number, ...args: (string | number)[]): string;
}

function fill(text: string, args: (string | number)[]): string {
  return text.replace(/%(\d+)/g, (_, place: string) => String(args[Number(place) - 1] ?? ''));
}

/** English, where no translations are at hand: in a widget outside JupyterLab, and in tests. */
export const english: Trans = {
  __: (text, ...args) => fill(text, args),
  _n: (singular, plural, n, ...args) => fill(n === 1 ? singular : plural, [n, ...args])
};
