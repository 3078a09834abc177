import { MonotonicClock } from '../src/base/monotonic-clock.ts';
import type { Reading } from '../src/robot/reading.ts';
import { unguardedForTest } from '../test/support/safe-command.ts';
import { connectTo, startHostBridge } from '../test/support/bridge.ts';
import { machine, option } from './support/machine.ts';
import { quantile } from './support/stepper.ts';

// The bridge at 921,600 baud and 500 Hz: at every tick the newest reading is answered by a command. Says how many ticks had no new
// reading, how late ticks were, and how long it took from a reading's arrival (and from its measurement on the board) to the command.
const rateHz = Number(option('rate', '500'));
const seconds = Number(option('seconds', '20'));
const periodNs = 1e9 / rateHz;

// The board's program shares this machine's cores, a real board does not: its own deadlines are lenient here.
const board = await startHostBridge('--baud', '921600', '--patient');
const clock = new MonotonicClock();
const { body } = await connectTo(board.path, { controlPeriodS: 1 / rateHz, clock, validForMs: 1000 });
let newest: Reading | null = null;
body.readings$.subscribe({ next: (reading) => (newest = reading), error: (error: unknown) => fail(error) });
await body.arm();

const latenessUs: number[] = [];
const ageUs: number[] = [];
let ticks = 0;
let skipped = 0;
let withoutReading = 0;
let last = -1;

function fail(error: unknown): never {
  process.stderr.write(`${String(error)}\n`);
  board.child.kill();
  process.exit(1);
}

/** Absolute deadlines; a late tick skips the missed periods. */
function tick(deadlineNs: number, endNs: number, done: () => void): void {
  const nowNs = clock.nowNs();
  latenessUs.push((nowNs - deadlineNs) / 1e3);
  ticks++;
  if (newest === null || newest.sequence === last) withoutReading++;
  else {
    last = newest.sequence;
    body.apply(unguardedForTest(last, [0.05 * Math.sign(newest.velocities[0]! || 1)]));
    ageUs.push((clock.nowNs() - newest.arrivalNs) / 1e3);
  }
  let next = deadlineNs + periodNs;
  while (next <= nowNs) {
    next += periodNs;
    skipped++;
  }
  if (next > endNs) done();
  else clock.at(next, () => tick(next, endNs, done));
}

const begin = clock.nowNs() + periodNs;
await new Promise<void>((resolve) => tick(begin, begin + seconds * 1e9, resolve));
await body.close();
await board.stop();
const summary = (values: number[]): { p50: number; p99: number; max: number } => ({
  p50: Math.round(quantile(values, 0.5)),
  p99: Math.round(quantile(values, 0.99)),
  max: Math.round(Math.max(...values)),
});
process.stdout.write(
  `${JSON.stringify({
    rateHz,
    seconds,
    ticks,
    skipped,
    withoutReading,
    latenessUs: summary(latenessUs),
    readingAgeAtCommandUs: summary(ageUs),
    counters: body.counters,
    machine: machine(),
  })}\n`,
);
