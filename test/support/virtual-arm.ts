import { loadAddon, PreciseClock } from '../../src/addon/index.ts';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { openServoBus, type SerialServoBus } from '../../src/servo/index.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import { buildDevice } from '../../src/virtual/build-device.ts';
import { parseFaults } from '../../src/virtual/fault-spec.ts';
import { FirstOrderMechanics } from '../../src/virtual/first-order-mechanics.ts';
import type { JointDrive } from '../../src/virtual/port.ts';
import { VirtualPort } from '../../src/virtual/virtual-port.ts';
import { loadRobot } from './simulator.ts';

/** Joints that a test can hold by hand where the motor torque is off. */
class HeldMechanics extends FirstOrderMechanics {
  private readonly held = new Map<number, number>();
  /** Whether torque is off, per joint, as of the last step. */
  torqueOff: readonly boolean[] = [];

  hold(index: number, position: number): void {
    this.held.set(index, position);
  }

  release(): void {
    this.held.clear();
  }

  /** Whether every held joint is at its position. */
  get isHeld(): boolean {
    return [...this.held].every(([index, position]) => this.positions[index] === position);
  }

  override step(drives: readonly JointDrive[]): void {
    super.step(drives);
    this.torqueOff = drives.map(({ kind }) => kind === 'torque-off');
    for (const [index, position] of this.held) {
      if (drives[index]!.kind !== 'torque-off') continue;
      this.positions[index] = position;
      this.velocities[index] = 0;
    }
  }
}

/** A robot's virtual servos behind a real pseudo-terminal in this process, with a hand on the joints. */
export interface VirtualArm {
  readonly robot: RobotSpec;
  readonly path: string;
  readonly mechanics: HeldMechanics;
  /** Holds every joint by hand at this fraction of its range, 0 to 1. */
  hold(part: number): void;
  isHeld(): boolean;
  open(baudRate?: number): Promise<SerialServoBus>;
  close(): void;
}

export interface VirtualArmOptions {
  readonly calibrated?: boolean;
  readonly faults?: string;
  /** The joint whose servo is the only one, with factory settings. */
  readonly fresh?: string;
}

/** Requires the addon. */
export function startVirtualArm(
  name: string,
  { calibrated = true, faults, fresh }: VirtualArmOptions = {},
): VirtualArm {
  const robot = loadRobot(name);
  const { protocol, servos, baudRate: usual } = robot.servoBus!;
  const mechanics = new HeldMechanics(robot);
  const clock = new PreciseClock(loadAddon().addon!);
  const ids = fresh === undefined ? servos.map(({ id }) => id) : [1];
  const device = buildDevice({
    robot,
    protocol,
    faults: faults === undefined ? [] : parseFaults(faults, { protocol, ids }),
    seed: 1,
    calibrated,
    factoryServo: fresh ?? null,
    mechanics,
    clock,
    groundTruth: null,
    unplug: () => undefined,
  });
  const port = new VirtualPort(device.transport, device.baudRate, null);
  const path = port.attach();
  const timer = setInterval(() => device.tick(clock.nowNs()), 2);
  return {
    robot,
    path,
    mechanics,
    hold: (part) => {
      robot.joints.forEach(({ limits }, i) => {
        const { minPositionRadOrM: low, maxPositionRadOrM: high } = limits;
        mechanics.hold(i, low! + part * (high! - low!));
      });
    },
    isHeld: () => mechanics.isHeld,
    open: (baudRate = usual) =>
      openServoBus({ protocol, address: path, baudRate, clock: new MonotonicClock(), logger: silentLogger }),
    close: () => {
      clearInterval(timer);
      port.detach();
      device.close();
      clock.close();
    },
  };
}

/** Resolves when `condition` is true, checked every 5 ms. Rejects after ten seconds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
