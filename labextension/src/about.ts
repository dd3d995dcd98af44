/** What the metadata of a cell says of the run it is of. */

import { type ICellModel, isCodeCellModel } from '@jupyterlab/cells';
import type { ICell } from '@jupyterlab/nbformat';
import { digest } from './digest';
import { ROOT } from './model/spans';
import { type AboutCell, TRAJECTORY_MIME } from './protocol';

/** What a cell's metadata says of the run it is of. */
export function aboutOf(model: ICellModel): AboutCell | undefined {
  const about = model.getMetadata('rlm') as Partial<AboutCell> | undefined;
  return about?.author === 'model' || about?.edited === true ? (about as AboutCell) : undefined;
}

/** The span of a model's cell; of a thought it is its step. */
export function spanOf(about: AboutCell): string {
  return about.cell ? `${ROOT}/${about.step}.${about.cell}` : `${ROOT}/${about.step}`;
}

/** Whether a cell is the one that its run has made, whose id begins with the run's; a copy has another. */
export function isOriginal(model: ICellModel, { run }: AboutCell): boolean {
  return model.id.startsWith(`${run.slice(0, 40).replace(/[^\w-]/g, '-')}-`);
}

/** What a cell of code is called in its run, such as 3.1. */
export function labelOf(model: ICellModel): string {
  const about = aboutOf(model);
  return about === undefined ? '' : `${about.step}.${about.cell}`;
}

/** The run whose card is among the outputs of a cell. */
export function runShownBy(cell: ICellModel): string | undefined {
  const outputs = isCodeCellModel(cell) ? cell.outputs : undefined;
  for (let place = 0; place < (outputs?.length ?? 0); place += 1) {
    const shown = outputs?.get(place).data[TRAJECTORY_MIME] as { run?: unknown } | undefined;
    if (typeof shown?.run === 'string') {
      return shown.run;
    }
  }
  return undefined;
}

/** Where a cell that the user edited once was a model's. */
export function keptFrom(model: ICellModel): string | undefined {
  return (model.getMetadata('rlm') as { kept?: string } | undefined)?.kept;
}

/** Whether somebody has changed what the model wrote. */
export function isEdited(model: ICellModel): boolean {
  const about = aboutOf(model);
  const isAnother =
    about?.digest !== undefined && about.digest !== digest(model.sharedModel.getSource());
  return isAnother || about?.edited === true;
}

/** Whether a cell is proposed, and waits for the user. */
export function isProposed(about: AboutCell | undefined): boolean {
  return about?.proposed !== undefined;
}

/** Whether a cell waited for the user, and has not been run. */
export function isLeftOut(model: ICellModel): boolean {
  const hasRun = isCodeCellModel(model) && model.executionCount !== null;
  return aboutOf(model)?.left_out !== undefined && !hasRun;
}

/** Whether a cell was interrupted; one in which the kernel died may have been run again by the user. */
export function wasInterrupted(model: ICellModel): boolean {
  const hasRun = isCodeCellModel(model) && model.executionCount !== null;
  const { interrupted } = aboutOf(model) ?? {};
  return interrupted === 'kernel died' ? !hasRun : interrupted === true;
}

/** Let a cell be the user's own from now on. */
export function giveToUser(model: ICellModel): void {
  const owner = aboutOf(model)?.owner;
  model.setMetadata('rlm', { author: 'human', kept: owner });
  const tags = ((model.getMetadata('tags') as string[] | undefined) ?? []).filter(
    tag => tag !== 'skip-execution'
  );
  if (tags.length > 0) {
    model.setMetadata('tags', tags);
  } else {
    model.deleteMetadata('tags');
  }
}

/** Say of a finished cell what it was, and what its source was when the model had written it. */
export function describe(model: ICellModel, about: AboutCell, source: string): void {
  model.setMetadata('rlm', { ...about, digest: digest(source) });
}

/** What a cell, as a kernel has recorded it, says of its run. */
export function aboutRecorded(cell: ICell): AboutCell {
  return cell.metadata['rlm'] as unknown as AboutCell;
}

/** Whether a recorded cell is all there: a thought is, a cell of code when it has run, or never will. */
export function isFinished(cell: ICell): boolean {
  const { seconds, left_out: leftOut } = aboutRecorded(cell);
  return cell.cell_type !== 'code' || seconds !== undefined || leftOut !== undefined;
}

/** Where a cell comes among those of its run. */
export function orderOf(about: AboutCell): number {
  return about.step * 1000 + (about.cell ?? 0);
}
