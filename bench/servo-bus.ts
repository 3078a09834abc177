import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyScheduling, loadAddon, NativeTicker, PreciseClock, useSingleThreadedGc } from '../src/addon/index.ts';
import { SoftqdError } from '../src/base/errors.ts';
import { RecordingLogger } from '../src/base/logger.ts';
import { connectServos } from '../src/driver/index.ts';
import { openSerial, type OpenSerialOptions, type SerialTransport } from '../src/serial/index.ts';
import { servoProtocol } from '../src/servo/index.ts';
import { realTimeTicks, type Tick } from '../src/control/index.ts';
import { loadConfig } from '../src/config/index.ts';
import type { Reading } from '../src/robot/reading.ts';
import type { RobotSpec } from '../src/robot/robot-spec.ts';
import { createGuard } from '../src/safety/index.ts';
import { flag, machine, option } from './support/machine.ts';
import { readServoGroundTruth, wrongValues, type AcceptedReadings } from './support/servo-ground-truth.ts';
import { quantile, summary } from './support/summary.ts';
import { startVirtualRobot } from './support/virtual-robot.ts';

// A servo bus at wire time: each tick sends a guarded command for the latest reading. Read-to-command is the time from the write of
// the request to the call of the driver with the command's bytes; beyond the wire is the rest without the transmission time of request and
// replies. With --corrupt every byte in both directions is corrupted with that probability, and accepted values are compared with the ground truth.
const protocol = option('protocol', 'feetech') === 'dynamixel' ? 'dynamixel' : 'feetech';
const rateHz = Number(option('rate', '200'));
const seconds = Number(option('seconds', '60'));
const corrupt = option('corrupt', '');
/** SCHED_FIFO for the control loop and for the simulated hardware. */
const priority = Number(option('priority', '0'));
const periodNs = 1e9 / rateHz;
const AMPLITUDE_RAD = 0.05;
const TURN_S = 2;

const robotName = protocol === 'feetech' ? 'so101' : 'koch';
const found = loadAddon();
if (found.addon === null) throw new Error(`needs the native addon: ${'reason' in found ? found.reason : ''}`);
const { addon } = found;
const clock = new PreciseClock(addon);
const { robot } = await loadConfig({ robot: robotName, env: {} });
if (robot?.servoBus === undefined) throw new Error(`${robotName} has no servo bus`);
const { servoBus } = robot;
const { stateBlock } = servoProtocol(protocol);
const directory = mkdtempSync(join(tmpdir(), 'softqd-servo-bus-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const truthFile = join(directory, 'truth.jsonl');

const parameters = ['--robot', robotName];
const damage = ['--ground-truth', truthFile, '--fault', `corrupt=${corrupt}@2s`];
const virtual = await startVirtualRobot({
  parameters: corrupt === '' ? parameters : [...parameters, ...damage],
  fromSource: flag('source'),
  realTimePriority: priority,
});
useSingleThreadedGc();
const scheduling = applyScheduling(addon, { realTimePriority: priority }).map(({ message }) => message);

/** Bytes on the serial port, with their times. */
const wire = { readBeganNs: NaN, readBytes: 0, writtenNs: NaN };
async function watchedTransport(options: OpenSerialOptions): Promise<SerialTransport> {
  const line = await openSerial(options);
  const write = line.write.bind(line);
  line.write = (bytes) => {
    const beganNs = clock.nowNs();
    const taken = write(bytes);
    const read = syncReadBytes(bytes);
    if (read > 0) {
      wire.readBeganNs = beganNs;
      wire.readBytes = read;
    } else wire.writtenNs = clock.nowNs();
    return taken;
  };
  return line;
}

/** Bytes on the wire of a sync read of every servo and its replies; 0 for other requests. */
function syncReadBytes(request: Uint8Array): number {
  const servos = servoBus.servos.length;
  const { length } = stateBlock;
  if (protocol === 'feetech')
    return request[4] === 0x82 && request.length === 8 + servos ? request.length + servos * (length + 6) : 0;
  if (request.length !== 14 + servos) return 0;
  if (request[7] === 0x82) return request.length + servos * (length + 11);
  return request[7] === 0x8a ? request.length + 8 + servos * (length + 4) : 0;
}

const controlPeriodS = 1 / rateHz;
const logger = new RecordingLogger();
const { driver } = await connectServos({
  protocol,
  address: virtual.path,
  robot,
  calibration: null,
  controlPeriodS,
  clock,
  timerLatenessMs: 0,
  logger,
  open: watchedTransport,
});
const readingMaxAgeS = Math.max(robot.readingMaxAgeS, 3 * controlPeriodS);
const accepted: AcceptedReadings = { arrivalNs: [], steps: [] };
const stops: string[] = [];
let readings = 0;
let newest: { readonly reading: Reading; readonly beganNs: number; readonly bytes: number } | null = null;
/** The latest reading that no tick has used. */
let unread: Reading | null = null;
let guard = createGuard(robot, { controlPeriodS, readingMaxAgeS });
let guardMemory = guard.initialMemory;
let home: Float64Array | null = null;
let armedNs = 0;
let arming = false;

function onStop(error: SoftqdError): void {
  stops.push(`${error.code}: ${error.message}`);
  home = null;
}

function onReading(reading: Reading): void {
  newest = { reading, beganNs: wire.readBeganNs, bytes: wire.readBytes };
  unread = reading;
  readings++;
  if (corrupt === '') return;
  accepted.arrivalNs.push(reading.arrivalNs);
  accepted.steps.push(Array.from(reading.positions, (position, i) => stepsOf(robot!, i, position)));
}

/** The value of the servo's register: the virtual servos are calibrated so that the middle of a joint's range is the middle of theirs. */
function stepsOf({ joints }: RobotSpec, index: number, position: number): number {
  const { direction, travelPerTurnRadOrM } = servoBus.servos[index]!;
  const { minPositionRadOrM: low = 0, maxPositionRadOrM: high = 0 } = joints[index]!.limits;
  const half = ((high - low) / 2 / travelPerTurnRadOrM) * 4096;
  const middle = (Math.max(0, Math.round(2048 - half)) + Math.min(4095, Math.round(2048 + half))) / 2;
  return middle + (direction * (position - (low + high) / 2) * 4096) / travelPerTurnRadOrM;
}

async function arm(): Promise<void> {
  arming = true;
  try {
    await driver.arm();
    guard = createGuard(robot!, { controlPeriodS, readingMaxAgeS });
    guardMemory = guard.arm(guard.initialMemory, newest!.reading);
    home = newest!.reading.positions.slice();
    armedNs = clock.nowNs();
  } catch (error) {
    stops.push(`arming: ${String(error)}`);
  } finally {
    arming = false;
  }
}

driver.readings$.subscribe({
  next: (event) => (event.kind === 'fault' ? onStop(event.error) : onReading(event.reading)),
  error: onStop,
});
while (readings === 0) await new Promise((resolve) => setTimeout(resolve, 10));
await arm();

const SETTLING_S = 2;
const readToCommandUs: number[] = [];
const beyondWireUs: number[] = [];
const wireUs: number[] = [];
const tickLatenessUs: number[] = [];
const waitedUs: number[] = [];
let ticks = 0;
let skippedTicks = 0;
let ticksWithoutNewReading = 0;
const beginNs = clock.nowNs() + SETTLING_S * 1e9;
const endNs = beginNs + seconds * 1e9;

function act({ deadlineNs, wakeNs, startNs, skipped }: Tick): void {
  const counts = deadlineNs >= beginNs;
  const fresh = unread !== null;
  unread = null;
  if (counts) {
    ticks += 1 + skipped;
    skippedTicks += skipped;
    if (!fresh || home === null) ticksWithoutNewReading++;
    tickLatenessUs.push((wakeNs - deadlineNs) / 1e3);
    waitedUs.push((startNs - wakeNs) / 1e3);
  }
  if (home === null) {
    if (!arming && newest !== null) void arm();
    return;
  }
  const { reading, beganNs, bytes } = newest!;
  const phase = (2 * Math.PI * (startNs - armedNs)) / 1e9 / TURN_S;
  const targets = home.map((position, i) => position + AMPLITUDE_RAD * Math.sin(phase * (1 + i / 10)));
  const { safeCommand, memory } = guard.check(guardMemory, { command: { targets }, reading, nowNs: startNs });
  guardMemory = memory;
  driver.apply(safeCommand);
  if (!counts || !fresh) return;
  const wholeUs = (wire.writtenNs - beganNs) / 1e3;
  const onWireUs = (bytes * 10e6) / servoBus.baudRate;
  readToCommandUs.push(wholeUs);
  wireUs.push(onWireUs);
  beyondWireUs.push(wholeUs - onWireUs);
}

const ticker = new NativeTicker(addon, clock);
const loop = realTimeTicks({ ticker, clock, periodNs, drivers: [driver] }).subscribe(act);
await new Promise<void>((resolve) => clock.setTimer(endNs, resolve));
loop.unsubscribe();
const { timing } = driver;
await driver.close();
await virtual.stop();
clock.close();

const acceptedWrong =
  corrupt === ''
    ? null
    : wrongValues(
        accepted,
        await readServoGroundTruth(
          truthFile,
          servoProtocol(protocol),
          servoBus.servos.map(({ id }) => id),
        ),
        robot,
        readingMaxAgeS * 1e9,
      );
const rows = servoBus.servos.map(({ id }, i) => [robot.joints[i]!.name, driver.counters.servos.get(id)] as const);
process.stdout.write(
  `${JSON.stringify({
    protocol,
    rateHz,
    seconds,
    corrupt: corrupt === '' ? '0%' : corrupt,
    ticks,
    skipped: skippedTicks,
    ticksWithoutNewReading,
    missedPercent: Math.round((1e5 * (skippedTicks + ticksWithoutNewReading)) / ticks) / 1e3,
    readToCommandUs: summary(readToCommandUs),
    wireUs: Math.round(quantile(wireUs, 0.5)),
    beyondWireUs: summary(beyondWireUs),
    beyondWireP99Us: summary(beyondWireUs).p99,
    tickLatenessUs: summary(tickLatenessUs),
    waitedUs: summary(waitedUs),
    lastReplyToCommandUs: timing.readToCommandUs.summary(),
    readUs: timing.readUs.summary(),
    readings,
    asked: Object.fromEntries(rows.map(([name, row]) => [name, row?.requested ?? 0])),
    lost: Object.fromEntries(rows.map(([name, row]) => [name, row?.lost ?? 0])),
    implausible: rows.reduce((sum, [, row]) => sum + (row?.implausible ?? 0), 0),
    acceptedWrong,
    stops: stops.length,
    stopReasons: [...new Set(stops)].slice(0, 8),
    scheduling,
    unsolicitedBytes: driver.counters.unsolicitedBytes,
    machine: machine(),
  })}\n`,
);
process.exit(0);
