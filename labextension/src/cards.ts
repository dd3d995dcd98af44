/** The cards of runs among the outputs of cells. */

import { type ICellModel, type ICodeCellModel, isCodeCellModel } from '@jupyterlab/cells';
import type { IMimeBundle, IOutput } from '@jupyterlab/nbformat';
import { TRAJECTORY_MIME } from './protocol';

/** Of a run: its whole copy, a place for what comes live, or none. */
export type Card = 'whole' | 'live' | 'none';

/** The card of a run in the outputs of a cell. */
export function cardOf(model: ICellModel, run: string): Card {
  const outputs: IOutput[] = isCodeCellModel(model) ? model.outputs.toJSON() : [];
  return outputs.map(output => cardIn(output, run)).find(card => card !== 'none') ?? 'none';
}

export function cardIn(output: IOutput, run: string): Card {
  const data = output['data'] as Record<string, unknown> | undefined;
  const copy = data?.[TRAJECTORY_MIME] as { run?: string; events?: unknown[] } | undefined;
  if (copy?.run !== run) {
    return 'none';
  }
  return copy.events !== undefined && copy.events.length > 0 ? 'whole' : 'live';
}

/** The cell in whose outputs the card of a run is, and not its whole copy. */
export function cellWithLiveCard(
  models: readonly ICellModel[],
  run: string
): ICellModel | undefined {
  return models.find(model => cardOf(model, run) === 'live');
}

/**
 * Put another output into the place of a card.  All outputs are set, for other windows append
 * what is set in its place.
 */
export function replaceCard(
  model: ICodeCellModel,
  isMeant: (output: IOutput) => boolean,
  by: IOutput
): void {
  const shown = model.outputs.toJSON();
  if (shown.some(isMeant)) {
    model.outputs.fromJSON(shown.map(output => (isMeant(output) ? by : output)));
  }
}

/** An output that shows a card. */
export function showing(card: IMimeBundle): IOutput {
  return { output_type: 'display_data', data: card, metadata: {} };
}
