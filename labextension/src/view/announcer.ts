import type { Node, RunModel } from '../model';
import { lineOf, turnOf } from './facts';
import { el, setText } from './dom';
import * as labels from './labels';
import * as phrases from './phrases';
import { oneLine } from './text';
import type { Trans } from './trans';

const LENGTH = 160;

/**
 * Tells a screen reader about a run: a sentence for each step once its reply is there, and one
 * when the run stands still. What had happened before it was made it does not tell.
 */
export class Announcer {
  readonly element = el('div', { class: 'rlm-unseen', role: 'status', 'aria-live': 'polite' });
  private readonly _model: RunModel;
  private readonly _trans: Trans;
  private _toldSteps: number;
  private _toldStatus: string;

  constructor(model: RunModel, trans: Trans) {
    this._model = model;
    this._trans = trans;
    this._toldSteps = repliedSteps(model).length;
    this._toldStatus = model.status;
  }

  paint(): void {
    const { status } = this._model;
    const replied = repliedSteps(this._model);
    const latest = replied.at(-1);
    if (latest && replied.length > this._toldSteps) {
      setText(this.element, this._sentence(latest));
    }
    this._toldSteps = replied.length;
    if (status !== this._toldStatus) {
      setText(this.element, this._statusSentence());
    }
    this._toldStatus = status;
  }

  private _sentence(step: Node): string {
    return this._trans.__('Step %1: %2', labels.stepNumber(step), lineOf(step) || '…');
  }

  private _statusSentence(): string {
    const said = phrases.status(this._model, this._trans);
    const { answer } = this._model;
    return answer ? this._trans.__('%1. Answer: %2', said, oneLine(answer.text, LENGTH)) : said;
  }
}

/** The steps whose model has replied; all but perhaps the last have. */
function repliedSteps(model: RunModel): readonly Node[] {
  const last = model.steps.at(-1);
  const turn = last && turnOf(last);
  return turn?.state === 'done' ? model.steps : model.steps.slice(0, -1);
}
