import { execFile, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyScheduling, loadAddon, NativeTicker } from '../src/addon/index.ts';
import { MonotonicClock } from '../src/base/monotonic-clock.ts';
import { ClockTicker, type Ticker } from '../src/control/index.ts';
import { flag, machine, option } from './support/machine.ts';
import { quantile, round, summary, type Summary } from './support/summary.ts';

// Lateness of the ticker compared with a C program with clock_nanosleep, alternating, with a learner at full load on every core.
//   node --import tsx bench/ticker.ts [--rates 50,200,1000] [--seconds 10] [--blocks 5] [--fifo PRIORITY] [--idle] [--json]
const rates = option('rates', '50,200,1000').split(',').map(Number);
const seconds = Number(option('seconds', '10'));
const blocks = Number(option('blocks', '5'));
const fifo = Number(option('fifo', '0'));
const found = loadAddon();
if (found.addon === null) throw new Error(found.reason);
const { addon } = found;
const run = promisify(execFile);

/** Ticks that are not counted: the first ones compile the code. */
const WARM_UP = 20;

/** Lateness in microseconds of every tick of `ticker` over `forS` seconds. */
function listen(ticker: Ticker, rateHz: number, forS: number): Promise<{ late: number[]; skipped: number }> {
  const clock = new MonotonicClock();
  const late: number[] = [];
  let skipped = 0;
  let ticks = 0;
  const endNs = clock.nowNs() + forS * 1e9;
  return new Promise((resolve) => {
    const stop = ticker.start(1e9 / rateHz, (deadlineNs, missed) => {
      const nowNs = clock.nowNs();
      if (++ticks <= WARM_UP) return;
      late.push((nowNs - deadlineNs) / 1000);
      skipped += missed;
      if (nowNs < endNs) return;
      stop();
      resolve({ late, skipped });
    });
  });
}

/** Element by element: the median of the blocks. */
function medianOf(parts: readonly Summary[]): Summary {
  const middle = (key: keyof Summary) =>
    round(
      quantile(
        parts.map((part) => part[key]),
        0.5,
      ),
    );
  return {
    p50: middle('p50'),
    p99: middle('p99'),
    p999: middle('p999'),
    max: Math.max(...parts.map((part) => part.max)),
  };
}

const directory = mkdtempSync(join(tmpdir(), 'softqd-ticker-'));
const program = join(directory, 'lateness');
await run('cc', ['-O2', '-o', program, fileURLToPath(new URL('peers/lateness.c', import.meta.url))]);

let updatesPerS = 0;
const load = flag('idle')
  ? null
  : fork(fileURLToPath(new URL('support/load.ts', import.meta.url)), [String(availableParallelism())], {
      execArgv: ['--import', 'tsx'],
    });
load?.on('message', (message) => {
  ({ updatesPerS } = message as { updatesPerS: number });
});
if (load !== null) await new Promise((resolve) => load.once('message', resolve));
if (fifo > 0)
  for (const { applied, message } of applyScheduling(addon, { realTimePriority: fifo }))
    if (!applied) throw new Error(message);

const clock = new MonotonicClock();
const results: object[] = [];
for (const rateHz of rates) {
  const parts = { ticker: [] as Summary[], c: [] as Summary[], timers: [] as Summary[] };
  const skipped = { ticker: 0, timers: 0 };
  // At least 300 ticks per block: a quantile of fewer is inaccurate.
  const forS = Math.max(seconds / blocks, 300 / rateHz);
  for (let block = 0; block < blocks; block++) {
    const own = await listen(new NativeTicker(addon, clock), rateHz, forS);
    parts.ticker.push(summary(own.late, round));
    skipped.ticker += own.skipped;
    const words = fifo > 0 ? ['chrt', '-f', String(fifo), program] : [program];
    const { stdout } = await run(words[0]!, [...words.slice(1), String(rateHz), String(forS)]);
    parts.c.push((JSON.parse(stdout) as { latenessUs: Summary }).latenessUs);
    const timers = await listen(new ClockTicker(clock), rateHz, forS);
    parts.timers.push(summary(timers.late, round));
    skipped.timers += timers.skipped;
  }
  results.push({
    rateHz,
    ticker: medianOf(parts.ticker),
    c: medianOf(parts.c),
    timers: medianOf(parts.timers),
    ratioP99: round(
      quantile(
        parts.ticker.map((own, i) => own.p99 / parts.c[i]!.p99),
        0.5,
      ),
    ),
    skipped,
  });
}
load?.disconnect();
rmSync(directory, { recursive: true });
const result = {
  machine: machine(),
  load: load === null ? 'none' : 'workload D on all cores',
  fifo,
  updatesPerS: round(updatesPerS),
  results,
};
process.stdout.write(`${JSON.stringify(result, null, flag('json') ? undefined : 1)}\n`);
