/** What a widget shows: the card of its run, what can be done with it, and the run to look into. */

import type { RunEvent } from '../events';
import { CardView } from '../view/card';
import { el } from '../view/dom';
import { RunView } from '../view/run';
import { english as trans } from '../view/trans';
import { Controls } from './controls';
import type { FollowedRun } from './followed';
import type { Line } from './line';
import { Theme } from './theme';

export interface WidgetOptions {
  /** Whether the kernel can go on with the run; one read from a file can be looked at. */
  readonly canAct: boolean;
  /** The span that is chosen at first, that of a child run; empty: none. */
  readonly chosen: string;
}

export class WidgetView {
  // A notebook's keys (arrows, Enter, dd) are meant for its cells: inside they mean something else.
  private readonly _element = el('div', {
    class: 'rlm-widget',
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly _theme: Theme;
  private readonly _stop: () => void;
  private _run: RunView | null = null;
  private _parts: { dispose(): void }[] = [];
  private _chosen: string | null;

  constructor(
    host: HTMLElement,
    private readonly _followed: FollowedRun,
    private readonly _line: Line,
    private readonly _options: WidgetOptions
  ) {
    this._chosen = _options.chosen || null;
    host.append(this._element);
    this._theme = new Theme(this._element);
    this._stop = _followed.onReplace(() => this._fill());
    this._fill();
  }

  dispose(): void {
    this._stop();
    this._theme.dispose();
    this._clear();
    this._element.remove();
  }

  /** Show the model that there is now, and in it what was chosen and asked for in the one before. */
  private _fill(): void {
    const { model } = this._followed;
    const [chosen, asked] = [this._chosen, this._run?.asked];
    this._clear();
    const inside = el('div', { class: 'rlm-widget-run' });
    const card = new CardView(this._element, model, {
      trans,
      onSelect: step => run.select(step.span)
    });
    const controls = new Controls(card.actions, model, this._line, {
      trans,
      canAct: this._options.canAct
    });
    this._element.append(controls.element, inside);
    const run = new RunView(inside, model, {
      trans,
      askWhole: async spans =>
        (await this._line.request<{ events: RunEvent[] }>('span', { spans })).events,
      onSelect: node => {
        this._chosen = node?.span ?? null;
        controls.choose(node);
      }
    });
    if (chosen !== null) {
      run.select(chosen);
    }
    if (asked !== undefined) {
      run.query(asked);
    }
    this._run = run;
    this._parts = [card, controls, run, { dispose: () => inside.remove() }];
  }

  private _clear(): void {
    this._parts.forEach(part => part.dispose());
    this._parts = [];
  }
}
