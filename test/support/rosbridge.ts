import { RecordingLogger } from '../../src/base/logger.ts';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import {
  connectRosbridge,
  throwOnFault,
  type Driver,
  type ConnectRosbridgeOptions,
  type RosbridgeConnection,
} from '../../src/driver/index.ts';
import type { Reading } from '../../src/robot/reading.ts';
import type { CommandMode, RobotSpec } from '../../src/robot/robot-spec.ts';
import { RosbridgeRobot, type RosbridgeRobotOptions } from './rosbridge-robot.ts';
import { robotOf } from './robots.ts';

export const COMMAND_TOPIC = '/forward_position_controller/commands';

/** Two joints of one command mode. */
export function twoJoints(mode: CommandMode = 'position'): RobotSpec {
  return robotOf({
    name: 'gripper',
    kind: 'hardware',
    joints: [
      { name: 'left', commandMode: mode },
      { name: 'right', commandMode: mode },
    ],
  });
}

/** A robot in ROS with the joints of `spec`. */
export function startRobot(spec = twoJoints(), options: Partial<RosbridgeRobotOptions> = {}): Promise<RosbridgeRobot> {
  const joints = spec.joints.map(({ name, commandMode: mode }) => ({ name, mode }));
  return RosbridgeRobot.start({ commandTopic: COMMAND_TOPIC, joints, ...options });
}

export interface Connected extends RosbridgeConnection {
  readonly logger: RecordingLogger;
}

export async function connect(url: string, options: Partial<ConnectRosbridgeOptions> = {}): Promise<Connected> {
  const logger = new RecordingLogger();
  const connection = await connectRosbridge({
    url,
    robot: twoJoints(),
    controlPeriodS: 0.02,
    clock: new MonotonicClock(),
    logger,
    connectTimeoutMs: 3000,
    ...options,
  });
  return { ...connection, logger };
}

/** The next emission of readings$. */
export function next(driver: Driver): Promise<Reading | SoftqdError | 'complete'> {
  return new Promise((resolve) => {
    const subscription = driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => {
        resolve(reading);
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: (error: unknown) => resolve(error as SoftqdError),
      complete: () => resolve('complete'),
    });
  });
}

/** The next error of readings$. */
export function nextError(driver: Driver): Promise<SoftqdError> {
  return new Promise((resolve, reject) => {
    driver.readings$.pipe(throwOnFault()).subscribe({
      error: (error: unknown) => resolve(error as SoftqdError),
      complete: () => reject(new SoftqdError('E_INTERNAL', 'readings$ completed')),
    });
  });
}

/** The first reading that matches. */
export function readingWhere(driver: Driver, fits: (reading: Reading) => boolean): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const subscription = driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => {
        if (!fits(reading)) return;
        resolve(reading);
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: reject,
      complete: () => reject(new SoftqdError('E_INTERNAL', 'readings$ completed')),
    });
  });
}

/** Resolves once `holds`; rejects after five seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new SoftqdError('E_TIMEOUT', 'what was waited for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Starts robots and drivers for a test; `close` stops them in reverse order. */
export class RosbridgeFixture {
  private readonly opened: (() => Promise<void>)[] = [];

  readonly start = async (...options: Parameters<typeof startRobot>): Promise<RosbridgeRobot> => {
    const robot = await startRobot(...options);
    this.opened.push(() => robot.stop());
    return robot;
  };

  readonly open = async (...options: Parameters<typeof connect>): Promise<Connected> => {
    const connected = await connect(...options);
    this.opened.push(() => connected.driver.close());
    return connected;
  };

  async close(): Promise<void> {
    for (const close of this.opened.splice(0).reverse()) await close();
  }
}
