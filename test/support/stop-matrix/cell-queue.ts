import { type Cell, nameOf } from './cell.ts';
import { monotonicNs } from './device.ts';
import { MachineStalls } from '../machine-stalls.ts';
import { NOT_IN_MOTION, runCell, type CellResult } from './run-cell.ts';
import { EARLY_END } from './softqd-process.ts';

/** Repetitions of a cell during which this machine stalled; of one that failed without a stall; of a run that ended too early. */
const MAX_REPEATS_AFTER_STALL = 6;
const MAX_REPEATS = 1;
const MAX_RESTARTS = 2;

/** Runs cells ahead of the tests that wait for them, a few at a time. */
export class CellQueue {
  private readonly results: readonly { readonly cell: Cell; readonly result: Promise<CellResult> }[];

  constructor(cells: readonly Cell[], concurrency: number) {
    const lanes = Array.from({ length: concurrency }, () => Promise.resolve());
    this.results = cells.map((cell, i) => {
      const lane = i % concurrency;
      const result = lanes[lane]!.then(() => runRepeatedly(nameOf(cell), () => runStarted(cell)));
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
 * a stop fails is measured by bench:stops), or more often when this machine stalled meanwhile: when it is quiet again.
 */
export async function runRepeatedly<T extends { readonly problems: readonly string[] }>(
  name: string,
  run: () => Promise<T>,
  stalls: Pick<MachineStalls, 'longestS' | 'quiet'> = MachineStalls.get(),
): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    const startNs = monotonicNs();
    const result = await run().catch((error: unknown) => error as Error);
    const problems = result instanceof Error ? [result.message.slice(0, 500)] : result.problems;
    const stalledS = stalls.longestS(startNs, monotonicNs());
    if (problems.length === 0 || repeats >= (stalledS > 0 ? MAX_REPEATS_AFTER_STALL : MAX_REPEATS)) {
      if (result instanceof Error) throw result;
      return result;
    }
    console.log(`    ${name} is repeated (machine stalled ${stalledS.toFixed(3)} s): ${problems.join('; ')}`);
    if (stalledS > 0) await stalls.quiet();
  }
}

/** The result of a cell; again when a busy machine ended its run, or delayed its readings, before the event. */
export async function runStarted(cell: Cell): Promise<CellResult> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await runCell(cell);
    } catch (error) {
      const isDisturbed = [EARLY_END, NOT_IN_MOTION].some((text) => String(error).includes(text));
      if (repeats === MAX_RESTARTS || !isDisturbed) throw error;
    }
  }
}
