/** The names that human and model share, while the kernel is busy too. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { NotebookRuns } from './notebook';
import { el, setChildren, setText, show } from './view/dom';

/** Milliseconds between two looks, while the tab is shown. */
const INTERVAL = 2000;

interface Name {
  readonly name: string;
  readonly type: string;
  readonly size: string;
  readonly by: 'human' | 'model' | 'run';
  readonly step?: number;
  /** It was set by a step's cell that the user had edited. */
  readonly is_edited?: boolean;
}

export class NamespaceView {
  readonly element = el('div', { class: 'rlm-names' });
  private readonly _table: HTMLTableSectionElement;
  private readonly _none: HTMLElement;
  private readonly _timer: ReturnType<typeof setInterval>;
  private _rows = new Map<string, Row>();
  private _asked = '';

  constructor(
    private readonly _notebook: () => NotebookRuns | undefined,
    private readonly _trans: TranslationBundle,
    private readonly _ask: (about: string) => void
  ) {
    const heads = [_trans.__('Name'), _trans.__('Type'), _trans.__('Size'), _trans.__('Set by')];
    this._table = el('tbody');
    this._none = el('p', { class: 'rlm-panel-empty' });
    const head = el(
      'thead',
      {},
      el('tr', {}, ...heads.map(title => el('th', { scope: 'col' }, title)))
    );
    this.element.append(this._none, el('table', {}, head, this._table));
    this._timer = setInterval(() => this._isVisible && void this._look(), INTERVAL);
  }

  /** What the names that show have in them, in whatever case. */
  get asked(): string {
    return this._asked;
  }

  get label(): string {
    return this._trans.__('Search names');
  }

  /** Show the names that have a text in them. */
  ask(text: string): void {
    this._asked = text;
    this._filter();
  }

  /** The tab was opened. */
  shown(): void {
    void this._look();
  }

  dispose(): void {
    clearInterval(this._timer);
    this.element.remove();
  }

  private get _isVisible(): boolean {
    return this.element.offsetParent !== null;
  }

  private async _look(): Promise<void> {
    const link = this._notebook()?.link;
    const found = await link?.request<{ names: Name[] }>('names').catch(() => null);
    const names = [...(found?.names ?? [])].sort((one, other) =>
      one.name.localeCompare(other.name)
    );
    const rows = names.map(name => this._row(name));
    this._rows = new Map(names.map((name, at) => [name.name, rows[at]!]));
    setChildren(
      this._table,
      rows.flatMap(row => [row.line, row.preview])
    );
    this._filter();
  }

  private _filter(): void {
    const asked = this._asked.trim().toLowerCase();
    const isFound = [...this._rows].map(([name, row]) =>
      row.suit(name.toLowerCase().includes(asked))
    );
    const said =
      this._rows.size > 0
        ? this._trans.__('No name matches')
        : this._trans.__('There are no names yet, or the kernel is not running.');
    setText(this._none, said);
    show(this._none, !isFound.includes(true));
  }

  private _row(name: Name): Row {
    const row =
      this._rows.get(name.name) ??
      new Row(
        name.name,
        this._trans,
        () => this._preview(name.name),
        () => this._ask(name.name)
      );
    row.tell(name);
    return row;
  }

  private async _preview(name: string): Promise<string> {
    const link = this._notebook()?.link;
    const found = await link?.request<{ text: string }>('preview', { name });
    return found?.text ?? '';
  }
}

/** One name; a click shows what there is to say of its value. */
class Row {
  readonly line: HTMLTableRowElement;
  readonly preview: HTMLTableRowElement;
  private readonly _button: HTMLButtonElement;
  private readonly _cells = [el('td'), el('td'), el('td')];
  private readonly _text = el('pre');

  constructor(
    name: string,
    private readonly _trans: TranslationBundle,
    look: () => Promise<string>,
    ask: () => void
  ) {
    this._button = el('button', { type: 'button', 'aria-expanded': 'false' }, name);
    this.line = el('tr', {}, el('th', { scope: 'row' }, this._button), ...this._cells);
    const question = el(
      'button',
      { type: 'button', class: 'rlm-button' },
      this._trans.__('Ask About This Variable…')
    );
    question.addEventListener('click', ask);
    this.preview = el('tr', { hidden: true }, el('td', { colspan: 4 }, this._text, question));
    this._button.addEventListener('click', () => {
      const opens = !this._isOpen;
      show(this.preview, opens);
      this._button.setAttribute('aria-expanded', String(opens));
      if (opens) {
        void look().then(
          text => setText(this._text, text),
          (error: unknown) => setText(this._text, String(error))
        );
      }
    });
  }

  /** Show the line or not, and its preview with it; returns which. */
  suit(isFound: boolean): boolean {
    show(this.line, isFound);
    show(this.preview, isFound && this._isOpen);
    return isFound;
  }

  tell(name: Name): void {
    const texts = [name.type, name.size, this._setter(name)];
    this._cells.forEach((cell, at) => setText(cell, texts[at]!));
  }

  private get _isOpen(): boolean {
    return this._button.getAttribute('aria-expanded') === 'true';
  }

  private _setter(name: Name): string {
    switch (name.by) {
      case 'human':
        return name.is_edited === true
          ? this._trans.__('step %1, edited', name.step ?? 0)
          : this._trans.__('you');
      case 'run':
        return this._trans.__('the question');
      case 'model':
        return this._trans.__('step %1', name.step ?? 0);
    }
  }
}
