/**
 * The buttons of a run's card: what can be done with it in the state it is in. Where a branch has
 * gone another way since, what the run would do is not what the notebook shows: it can be looked
 * at, and a command that names it goes on with it.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from './command-ids';
import type { RunModel } from './model';
import { el, setChildren } from './view/dom';

export class RunToolbar {
  private readonly _buttons: readonly [string, HTMLButtonElement][];
  private readonly _stop: () => void;

  constructor(
    private readonly _host: HTMLElement,
    private readonly _model: RunModel,
    private readonly _commands: CommandRegistry,
    private readonly _isLeft: (run: RunModel) => boolean,
    trans: TranslationBundle
  ) {
    const button = (command: string, label: string): [string, HTMLButtonElement] => [
      command,
      this._button(command, label)
    ];
    this._buttons = [
      button(CommandIDs.pause, trans.__('Pause')),
      button(CommandIDs.pauseAfterStep, trans.__('After this step')),
      button(CommandIDs.accept, trans.__('Accept')),
      button(CommandIDs.skip, trans.__('Skip')),
      button(CommandIDs.resume, trans.__('Resume')),
      button(CommandIDs.resumeWithHint, trans.__('With a hint…')),
      button(CommandIDs.step, trans.__('Step')),
      button(CommandIDs.stop, trans.__('Stop')),
      button(CommandIDs.open, trans.__('Details'))
    ];
    this._stop = _model.onChange(() => this._refresh());
    _commands.commandChanged.connect(this._onCommand, this);
    this._refresh();
  }

  dispose(): void {
    this._stop();
    this._commands.commandChanged.disconnect(this._onCommand, this);
  }

  /** Runs came, went or changed: one of the commands stands for all. */
  private _onCommand(_: CommandRegistry, { id }: CommandRegistry.ICommandChangedArgs): void {
    if (id === CommandIDs.resume) {
      this._refresh();
    }
  }

  private _button(command: string, label: string): HTMLButtonElement {
    const title = this._commands.caption(command);
    const button = el('button', { type: 'button', class: 'rlm-button', title }, label);
    const run = this._model.id;
    button.addEventListener('click', () => void this._commands.execute(command, { run }));
    return button;
  }

  private _refresh(): void {
    const run = this._model.id;
    const isLeft = this._isLeft(this._model);
    const shown = this._buttons.filter(
      ([command]) =>
        (!isLeft || command === CommandIDs.open) && this._commands.isEnabled(command, { run })
    );
    setChildren(
      this._host,
      shown.map(([, button]) => button)
    );
  }
}
