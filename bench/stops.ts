import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DRIVERS, EVENTS, expectationOf, STOP_MODES, type Cell } from '../test/support/stop-matrix/cell.ts';
import { requireCurrentBuild } from '../test/support/stop-matrix/current-build.ts';
import { runStarted } from '../test/support/stop-matrix/cell-queue.ts';
import { flag, machine, option } from './support/machine.ts';
import { StopTries, type StopTry } from './support/stop-tries.ts';
import { quantile } from './support/summary.ts';

// Time from each event to the last joint in its stop mode, and the bytes on the wire, as the device reports them: the cells of the stop
// matrix (test/e2e/stop-matrix.full.test.ts), repeated. --tries 20 --drivers a,b --modes hold,... --events a,b --busy (both processors
// have a learner at full load) --loaded (busy with programs that run already) --out FILE (resumes it) --json. The end of the duration counts
// from the first command, a little later than in the run: a stop may come before it, with 0 ms and 0 bytes.
const tries = Number(option('tries', '20'));
const loaded = flag('loaded');
const busy = loaded || flag('busy');
const json = flag('json');
const file = option('out', 'build/stops.jsonl');

function chosen<T extends string>(name: string, all: readonly T[], usual: readonly T[] = all): readonly T[] {
  const words = option(name, usual.join(',')).split(',');
  const unknown = words.find((word) => !all.includes(word as T));
  if (unknown !== undefined) throw new Error(`--${name} ${unknown}: unknown; available: ${all.join(', ')}`);
  return words as T[];
}

const drivers = chosen('drivers', DRIVERS, busy ? ['feetech', 'bridge'] : DRIVERS);
const modes = chosen('modes', STOP_MODES);
const events = chosen('events', EVENTS);
const cells = drivers.flatMap((driver) =>
  modes.flatMap((mode) => events.map((event): Cell => ({ driver, mode, event }))),
);

async function tryOnce(cell: Cell): Promise<StopTry> {
  const judged = Number.isFinite(expectationOf(cell).boundS);
  try {
    const { verdict, stalledS, problems } = await runStarted(cell);
    const { lastSafeS, bytes } = verdict;
    return {
      ...cell,
      busy,
      lastSafeS: judged && Number.isFinite(lastSafeS) ? lastSafeS : null,
      bytes,
      stalledS,
      problems,
    };
  } catch (error) {
    return {
      ...cell,
      busy,
      lastSafeS: null,
      bytes: 0,
      stalledS: 0,
      problems: [(error as Error).message.slice(0, 500)],
    };
  }
}

/** A learner at full load on both processors, until this process ends. */
function startLoad(): ChildProcess {
  const load = fork(fileURLToPath(new URL('./support/load.ts', import.meta.url)), ['2'], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  process.once('exit', () => load.kill('SIGKILL'));
  return load;
}

interface Row extends Cell {
  readonly busy: boolean;
  readonly tries: number;
  /** Tries in which something was not as the stop matrix requires. */
  readonly failed: number;
  readonly safeMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly bytes: number;
  /** Tries during which this machine stalled for more than 20 ms. */
  readonly stalled: number;
}

function rowOf(cell: Cell, results: readonly StopTry[]): Row {
  const times = results.flatMap(({ lastSafeS }) => (lastSafeS === null ? [] : [1000 * lastSafeS]));
  const at = (fraction: number): number => Math.round(10 * quantile(times, fraction)) / 10;
  return {
    ...cell,
    busy,
    tries: results.length,
    failed: results.filter(({ problems }) => problems.length > 0).length,
    safeMs: times.length === 0 ? null : { p50: at(0.5), p99: at(0.99), max: at(1) },
    bytes: quantile(
      results.map(({ bytes }) => bytes),
      0.5,
    ),
    stalled: results.filter(({ stalledS }) => stalledS > 0).length,
  };
}

function tableRow({ driver, mode, event, tries: count, failed, safeMs, bytes, stalled }: Row): string {
  const times = safeMs === null ? '- | - | -' : `${safeMs.p50} | ${safeMs.p99} | ${safeMs.max}`;
  return `| ${driver} | ${mode} | ${event} | ${times} | ${bytes} | ${count} | ${failed} | ${stalled} |`;
}

requireCurrentBuild();
const kept = new StopTries(file);
const load = busy && !loaded ? startLoad() : null;
// Tries of all cells in turn: a disturbance of the machine does not fall on one cell.
for (let round = 0; round < tries; round++) {
  for (const cell of cells) {
    if (kept.of(cell, busy).length > round) continue;
    const result = await tryOnce(cell);
    kept.add(result);
    const time = result.lastSafeS === null ? '-' : `${Math.round(1000 * result.lastSafeS)} ms`;
    const { driver, mode, event } = cell;
    process.stderr.write(`${round + 1}/${tries} ${driver} ${mode} ${event}: ${time} ${result.problems.join('; ')}\n`);
  }
}
load?.kill('SIGKILL');
const rows = cells.map((cell) => rowOf(cell, kept.of(cell, busy)));
if (json) process.stdout.write(`${JSON.stringify({ rows, machine: machine() })}\n`);
else {
  const head =
    '| driver | mode | event | p50, ms | p99, ms | max, ms | bytes (p50) | tries | failed | machine stalled |';
  process.stdout.write(`${[head, '|---|---|---|---|---|---|---|---|---|---|', ...rows.map(tableRow)].join('\n')}\n`);
}
process.exit(0);
