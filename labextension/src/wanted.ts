/** Which cells of a run the user wants: thoughts are cells only where they are liked as cells. */

import type { Preferences } from './preferences';
import type { CellOperation, RunRecord } from './protocol';

/** Whether what the kernel says is to be done. */
export function isWanted(operation: CellOperation, preferences: Preferences): boolean {
  return operation.op !== 'put' || isCellWanted(operation.type, preferences);
}

/** A record, with the cells that are wanted. */
export function wantedOf(record: RunRecord, preferences: Preferences): RunRecord {
  return {
    ...record,
    cells: record.cells.filter(cell => isCellWanted(cell.cell_type, preferences)),
    written: record.written.filter(cell => isCellWanted(cell.type, preferences))
  };
}

function isCellWanted(type: string, { thoughtCells }: Preferences): boolean {
  return type === 'code' || thoughtCells;
}
