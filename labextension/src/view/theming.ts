/** Being told of another theme, whoever gives it: JupyterLab, VS Code or the system. */

/** What of the page tells of its theme. */
const ATTRIBUTES = ['data-jp-theme-name', 'data-vscode-theme-id', 'class', 'style'];
const SYSTEM = ['(prefers-color-scheme: dark)', '(forced-colors: active)'];

/** Call `act` whenever the theme may have changed; returns what ends that. */
export function onThemeChange(act: () => void): () => void {
  const observer = new MutationObserver(act);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributeFilter: ATTRIBUTES });
  }
  // A theme's name changes before its style sheet has come, in some front ends.
  observer.observe(document.head, { childList: true });
  document.addEventListener('load', act, true);
  const queries = SYSTEM.map(query => window.matchMedia?.(query)).filter(query => query);
  queries.forEach(query => query.addEventListener('change', act));
  return () => {
    observer.disconnect();
    document.removeEventListener('load', act, true);
    queries.forEach(query => query.removeEventListener('change', act));
  };
}
