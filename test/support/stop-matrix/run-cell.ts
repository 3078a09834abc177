import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cell, type DriverName, type Expectation, expectationOf } from './cell.ts';
import { Daemon, DURATION_S, pause } from './daemon.ts';
import { type Device, monotonicNs, type StartDevice } from './device.ts';
import type { Evidence } from './evidence.ts';
import { judgeStop, type StopVerdict } from './judge.ts';
import { killLeftovers } from './leftovers.ts';
import { MachineStalls } from '../machine-stalls.ts';
import type { ExitResult } from './softqd-process.ts';
import { copyRobot } from './robot-folder.ts';
import { startRosbridgeDevice } from './rosbridge-device.ts';
import { startSimulatorDevice } from './simulator-device.ts';
import { untrueClaims } from './stop-message.ts';
import { makeEvent } from './stop-events.ts';
import { startVirtualDevice } from './virtual-device.ts';

export interface CellResult {
  readonly cell: Cell;
  readonly expectation: Expectation;
  readonly verdict: StopVerdict;
  readonly exit: ExitResult;
  /** What is not as required; empty: passed. */
  readonly problems: readonly string[];
  /** The longest stall of this machine between event and bound, s. */
  readonly stalledS: number;
  /** Everything that the daemon printed. */
  readonly text: string;
  /** What was judged. */
  readonly evidence: Evidence;
  readonly eventNs: number;
}

export interface RunCellOptions {
  /** Further words of `softqd run`. */
  readonly extra?: readonly string[];
  /** Faults of the virtual device, instead of those of the cell's event. */
  readonly faults?: string;
  /** The event comes not earlier than this, s after the start of the device. */
  readonly eventS?: number;
  /** The device is observed for this time after the end of the daemon, s. */
  readonly observedS?: number;
}

const START: Readonly<Record<DriverName, StartDevice>> = {
  simulator: startSimulatorDevice,
  feetech: startVirtualDevice,
  dynamixel: startVirtualDevice,
  bridge: startVirtualDevice,
  rosbridge: startRosbridgeDevice,
};

/** Begins the message of a cell whose event met a robot at rest, e.g. because readings were late. */
export const NOT_IN_MOTION = 'the robot was not in motion';

/** When the faults of virtual devices come, from the start of the device, s: the robot is in motion by then. */
const FAULT_S = 7;
/** The servo of the faults: elbow_flex, whose joint moves under gravity. */
const DEAD_JOINT = 2;
const OBSERVED_S = 1.2;
/** The robot must have moved this far in the time before the event, rad and s. */
const MIN_MOTION_RAD = 0.03;
const MOTION_WINDOW_S = 0.5;

/** Runs one cell: device, daemon in motion, event, evidence, verdict. */
export async function runCell(cell: Cell, options: RunCellOptions = {}): Promise<CellResult> {
  const directory = mkdtempSync(join(tmpdir(), 'softqd-stop-'));
  mkdirSync(join(directory, 'robot'));
  try {
    return await new CellRun(cell, options, directory).run();
  } finally {
    await killLeftovers(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

class CellRun {
  private readonly cell: Cell;
  private readonly options: RunCellOptions;
  private readonly directory: string;
  private readonly problems: string[] = [];
  private resumedNs = Infinity;

  constructor(cell: Cell, options: RunCellOptions, directory: string) {
    this.cell = cell;
    this.options = options;
    this.directory = directory;
  }

  async run(): Promise<CellResult> {
    const { cell, directory } = this;
    const folder = await copyRobot(cell.driver, cell.mode, join(directory, 'robot'));
    const device = await START[cell.driver]({
      folder,
      directory,
      faults: this.options.faults ?? faultsOf(cell, folder.robot.servoBus?.servos),
    });
    let daemon: Daemon | null = null;
    try {
      daemon = new Daemon({ ...{ cell, folder, device, directory }, extra: this.options.extra ?? [] });
      const startedNs = monotonicNs();
      await daemon.running();
      await pause((this.options.eventS ?? 0) - (monotonicNs() - startedNs) / 1e9);
      return await this.afterStart(daemon, device);
    } catch (error) {
      await device.stop().catch(() => undefined);
      throw error;
    } finally {
      daemon?.process.child.kill('SIGKILL');
    }
  }

  private async afterStart(daemon: Daemon, device: Device): Promise<CellResult> {
    const { cell } = this;
    const expectation = expectationOf(cell);
    const made = await makeEvent(cell.event, daemon, device, this.problems);
    const exit = await this.exitOf(daemon);
    if (!expectation.exits.includes(exit)) {
      const last = daemon.process.text.slice(-500);
      this.problems.push(
        `exit code ${String(exit)}, expected ${expectation.exits.join(' or ')}; its last output: ${last}`,
      );
    }
    await pause(this.options.observedS ?? OBSERVED_S);
    const whole = await device.stop();
    const evidence = cell.driver === 'simulator' ? until(this.resumedNs, whole) : whole;
    const left = await killLeftovers(this.directory);
    for (const command of left) this.problems.push(`runs on without its device: ${command}`);
    const eventNs = made ?? (cell.event === 'end-of-duration' ? endNs(daemon, evidence) : faultNs(evidence));
    if (eventNs === null) throw new Error(`${cell.event} left no trace: ${daemon.process.text.slice(-2000)}`);
    this.checkMotionBefore(evidence, eventNs);
    const exempt = isDeadServo(cell) ? [DEAD_JOINT] : [];
    const verdict = judgeStop(evidence, {
      ...{ eventNs, mode: expectation.mode, boundS: expectation.boundS, judgesMode: expectation.judgesMode },
      judgesMotion: expectation.judgesMotion,
      exempt,
      requiresHoldGoal: expectation.requiresHoldGoal,
    });
    const untilNs = eventNs + Math.min(2, expectation.boundS) * 1e9;
    const stalledS = MachineStalls.get().longestS(eventNs, untilNs);
    const claims = untrueClaims(cell, expectation.mode, daemon.process.events, verdict, exempt);
    const problems = [...this.problems, ...verdict.problems, ...claims];
    return { cell, expectation, verdict, exit, problems, stalledS, text: daemon.process.text, evidence, eventNs };
  }

  private async exitOf(daemon: Daemon): Promise<ExitResult> {
    if (this.cell.event !== 'sigstop') return daemon.exit(25);
    await pause(OBSERVED_S);
    this.resumedNs = daemon.signal('SIGCONT');
    if (this.cell.driver === 'simulator') {
      await pause(OBSERVED_S);
      daemon.signal('SIGINT');
    }
    return daemon.exit(25);
  }

  private checkMotionBefore({ positions }: Evidence, eventNs: number): void {
    const window = positions.filter(({ atNs }) => atNs <= eventNs && atNs >= eventNs - MOTION_WINDOW_S * 1e9);
    const [first] = window;
    const moved = window.flatMap(({ values }) => values.map((value, i) => Math.abs(value - first!.values[i]!)));
    if (Math.max(0, ...moved) < MIN_MOTION_RAD) throw new Error(`${NOT_IN_MOTION} before the event`);
  }
}

/** The evidence before a time. */
function until(endNs: number, evidence: Evidence): Evidence {
  const before = ({ atNs }: { readonly atNs: number }): boolean => atNs < endNs;
  const { positions, drives } = evidence;
  return { ...evidence, positions: positions.filter(before), drives: drives?.filter(before) ?? null };
}

function isDeadServo({ driver, event }: Cell): boolean {
  return event === 'servo-fault' && (driver === 'feetech' || driver === 'dynamixel');
}

function faultsOf({ driver, event }: Cell, servos: readonly { readonly id: number }[] = []): string | null {
  if (event === 'unplug') return `unplug@${FAULT_S}s+60s`;
  if (event !== 'servo-fault') return null;
  return driver === 'bridge' ? `overload=1@${FAULT_S}s` : `dead=${servos[DEAD_JOINT]?.id ?? 1}@${FAULT_S}s`;
}

/** When a fault that was scheduled came. */
function faultNs({ faults }: Evidence): number | null {
  return faults[0]?.atNs ?? null;
}

/** Commands of the control loop: so many within this time; arming writes fewer. */
const SERIES = { count: 10, withinNs: 0.35e9 } as const;

/** When the duration of a run was over: it counts from the first command, or where none is seen from the first tick, which is reported. */
function endNs(daemon: Daemon, { goals }: Evidence): number | null {
  const timesNs = goals.filter(({ joint }) => joint === 0).map(({ atNs }) => atNs);
  const commandNs = timesNs.find((atNs, i) => (timesNs[i + SERIES.count - 1] ?? Infinity) - atNs <= SERIES.withinNs);
  const startNs = commandNs ?? daemon.process.firstNs.get('status');
  return startNs === undefined ? null : startNs + DURATION_S * 1e9;
}
