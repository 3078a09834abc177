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

/**
 * The result of a cell. A failed one is run again: once (one of 180 runs of three processes on a shared machine may be disturbed; how often
 * a stop fails is measured by bench:stops), or more often when this machine gave no processor for some time between event and bound.
 */
async function runRepeatedly(cell: Cell): Promise<CellResult> {
  for (let repeats = 0; ; repeats++) {
    const result = await resultOf(cell);
    if (result instanceof Error) {
      if (repeats > 0) throw result;
      console.log(`    ${nameOf(cell)} is repeated: ${result.message.slice(0, 500)}`);
      continue;
    }
    const { problems, stalledS } = result;
    if (problems.length === 0 || repeats === MAX_REPEATS || (repeats > 0 && stalledS === 0)) return result;
    console.log(`    ${nameOf(cell)} is repeated (stalled ${stalledS} s): ${problems.join('; ')}`);
  }
}

async function resultOf(cell: Cell): Promise<CellResult | Error> {
  try {
    return await runStarted(cell);
  } catch (error) {
    return error as Error;
  }
}

export function nameOf({ driver, mode, event }: Cell): string {
  return `${driver}/${mode}/${event}`;
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
