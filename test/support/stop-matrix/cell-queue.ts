import type { Cell } from './cell.ts';
import { NOT_IN_MOTION, runCell, type CellResult } from './run-cell.ts';
import { EARLY_END } from './softqd-process.ts';

/** Repetitions of a cell that failed while the machine stalled, and of a run that ended too early. */
const MAX_REPEATS = 2;

/** Runs cells ahead of the tests that wait for them, a few at a time. */
export class CellQueue {
  private readonly results: readonly { readonly cell: Cell; readonly result: Promise<CellResult> }[];

  constructor(cells: readonly Cell[], concurrency: number) {
    const lanes = Array.from({ length: concurrency }, () => Promise.resolve());
    this.results = cells.map((cell, i) => {
      const lane = i % concurrency;
      const result = lanes[lane]!.then(() => runRepeatedly(cell));
      // A failure is reported by the test that waits for it.
      lanes[lane] = result.then(
        () => undefined,
        () => undefined,
      );
      return { cell, result };
    });
  }

  result(cell: Cell): Promise<CellResult> {
    return this.results.find((entry) => entry.cell === cell)!.result;
  }
}

/** The result of a cell; again when it failed and this machine gave no processor for some time between event and bound. */
async function runRepeatedly(cell: Cell): Promise<CellResult> {
  for (let repeats = 0; ; repeats++) {
    const result = await runStarted(cell);
    if (result.problems.length === 0 || result.stalledS === 0 || repeats === MAX_REPEATS) return result;
  }
}

/** The result of a cell; again when a busy machine ended its run, or delayed its readings, before the event. */
export async function runStarted(cell: Cell): Promise<CellResult> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await runCell(cell);
    } catch (error) {
      const isDisturbed = [EARLY_END, NOT_IN_MOTION].some((text) => String(error).includes(text));
      if (repeats === MAX_REPEATS || !isDisturbed) throw error;
    }
  }
}
