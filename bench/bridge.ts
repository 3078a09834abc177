import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyScheduling, loadAddon, NativeTicker, PreciseClock, useSingleThreadedGc } from '../src/addon/index.ts';
import type { SoftqdError } from '../src/base/errors.ts';
import type { Reading } from '../src/robot/reading.ts';
import { realTimeTicks, type Tick } from '../src/control/index.ts';
import { unguardedForTest } from '../test/support/safe-command.ts';
import { connectTo, startHostBridge } from '../test/support/bridge.ts';
import { readingKey, wrongReadings } from './support/bridge-ground-truth.ts';
import { flag, machine, option } from './support/machine.ts';
import { summary } from './support/summary.ts';
import { startVirtualRobot } from './support/virtual-robot.ts';

// The bridge at 921,600 baud and 500 Hz: each tick sends a command for the latest reading. Prints how many ticks had no new
// reading, the lateness of ticks, and the time from the arrival of a reading to the call of the driver. With --corrupt the board is
// connected through `softqd virtual`, which corrupts every byte in both directions with that probability, and accepted readings are
// compared with those that the board sent.
const rateHz = Number(option('rate', '500'));
const seconds = Number(option('seconds', '20'));
const corrupt = option('corrupt', '');
/** SCHED_FIFO for the loop and for the virtual hardware. */
const priority = Number(option('priority', '0'));
const periodNs = 1e9 / rateHz;

const found = loadAddon();
if (found.addon === null) throw new Error(`needs the native addon: ${'reason' in found ? found.reason : ''}`);
const { addon } = found;
const clock = new PreciseClock(addon);
const directory = mkdtempSync(join(tmpdir(), 'softqd-bridge-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const truthFile = join(directory, 'truth.jsonl');
const faults = ['--ground-truth', truthFile, '--fault', `corrupt=${corrupt}@2s`];
// The program of the board shares the cores of this machine, unlike a real board: its deadlines are longer here.
async function startBoard(): Promise<{ readonly path: string; stop(): Promise<void> }> {
  if (corrupt !== '') {
    const parameters = ['--robot', 'pendulum-rig', ...faults];
    return startVirtualRobot({ parameters, fromSource: flag('source'), realTimePriority: priority });
  }
  const program = await startHostBridge('--baud', '921600', '--patient');
  if (priority > 0) execFileSync('chrt', ['--fifo', '--pid', String(priority), String(program.child.pid)]);
  return program;
}
// The program of the board shares the cores of this machine, unlike a real board: its deadlines are longer here.
const board = await startBoard();
useSingleThreadedGc();
const scheduling = applyScheduling(addon, { realTimePriority: priority }).map(({ message }) => message);
// The timeout of the board is ten heartbeats: with errors one in five is lost.
const { driver } = await connectTo(board.path, {
  controlPeriodS: 1 / rateHz,
  clock,
  validForMs: 1000,
  heartbeatPeriodMs: 10,
});

const accepted: string[] = [];
const stops: string[] = [];
let newest: Reading | null = null;
/** The latest reading that no tick has used. */
let unread: Reading | null = null;
let armed = false;
let arming = false;
function onStop(error: SoftqdError): void {
  stops.push(error.message);
  armed = false;
}
driver.readings$.subscribe({
  next: (event) => {
    if (event.kind === 'fault') {
      onStop(event.error);
      return;
    }
    newest = event.reading;
    unread = newest;
    if (corrupt !== '') accepted.push(readingKey(newest));
  },
  error: onStop,
});
async function arm(): Promise<void> {
  arming = true;
  try {
    // The board keeps a stop until it is cleared.
    if (stops.length > 0) await driver.clearFault();
    await driver.arm();
    armed = true;
  } catch (error) {
    stops.push(`arming: ${String(error)}`);
  }
  arming = false;
}
await arm();

const SETTLING_S = 2;
const latenessUs: number[] = [];
const waitedUs: number[] = [];
const ageUs: number[] = [];
let ticks = 0;
let skippedTicks = 0;
let ticksWithoutNewReading = 0;
const beginNs = clock.nowNs() + SETTLING_S * 1e9;
const endNs = beginNs + seconds * 1e9;

function act({ deadlineNs, wakeNs, startNs, skipped }: Tick): void {
  const counts = deadlineNs >= beginNs;
  const reading = unread;
  unread = null;
  if (counts) {
    ticks += 1 + skipped;
    skippedTicks += skipped;
    if (reading === null) ticksWithoutNewReading++;
    latenessUs.push((wakeNs - deadlineNs) / 1e3);
    waitedUs.push((startNs - wakeNs) / 1e3);
  }
  if (!armed && !arming) void arm();
  if (newest === null || !armed) return;
  driver.apply(unguardedForTest(newest.sequence, [0.05 * Math.sign(newest.velocities[0]! || 1)]));
  if (counts && reading !== null) ageUs.push((clock.nowNs() - reading.arrivalNs) / 1e3);
}

const ticker = new NativeTicker(addon, clock);
const loop = realTimeTicks({ ticker, clock, periodNs, drivers: [driver] }).subscribe(act);
await new Promise<void>((resolve) => clock.setTimer(endNs, resolve));
loop.unsubscribe();
const { counters } = driver;
await driver.close();
await board.stop();
clock.close();
process.stdout.write(
  `${JSON.stringify({
    rateHz,
    seconds,
    corrupt: corrupt === '' ? '0%' : corrupt,
    ticks,
    skipped: skippedTicks,
    ticksWithoutNewReading,
    missed: skippedTicks + ticksWithoutNewReading,
    missedPercent: Math.round((1e5 * (skippedTicks + ticksWithoutNewReading)) / ticks) / 1e3,
    latenessUs: summary(latenessUs),
    waitedUs: summary(waitedUs),
    readingAgeAtCommandUs: summary(ageUs),
    counters,
    ...(corrupt === '' ? {} : { readings: accepted.length, acceptedWrong: await wrongReadings(truthFile, accepted) }),
    stops: stops.length,
    stopReasons: [...new Set(stops)].slice(0, 8),
    scheduling,
    machine: machine(),
  })}\n`,
);
process.exit(0);
