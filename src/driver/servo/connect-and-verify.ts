import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  calibrationMismatches,
  calibrationMismatch,
  calibrationOfServos,
  type ServoCalibration,
} from '../../robot/calibration-mismatches.ts';
import type { JointCalibration } from '../../robot/calibration.ts';
import {
  configureServos,
  DRIVING_RETRIES,
  identifyServos,
  jointMaps,
  openServoBus,
  readServoCalibrations,
  requireHealthy,
  type BusCounters,
  type JointMap,
  type SerialServoBus,
  type ServoIdentity,
} from '../../servo/index.ts';
import { stopPlan } from '../../safety/index.ts';
import { releaseHold, startWatchdog, type WatchdogProcess } from '../watchdog/index.ts';
import type { ServoOptions } from './options.ts';
import type { RobotServos } from './robot-servos.ts';

/** The servos of the robot, verified and configured; nothing is armed. */
export interface VerifiedServos extends RobotServos {
  /** In joint order. */
  readonly identities: readonly ServoIdentity[];
  readonly maps: readonly JointMap[];
  /** Why the robot may not be armed (E_CALIBRATION), or null. */
  readonly uncalibrated: SoftqdError | null;
  /** null where the port has no descriptor to inherit. */
  readonly watchdog: WatchdogProcess | null;
  /** Starts another one after a loss. Throws E_CONNECT. */
  readonly startWatchdog: () => Promise<WatchdogProcess | null>;
}

/** What the watchdog process did, and whether the robot is being driven. */
export interface WatchdogListener {
  readonly isDriving: () => boolean;
  /** It has stopped the servos. */
  readonly onStopped: () => void;
  /** It exited or hangs. */
  readonly onLost: (detail: string) => void;
}

export interface ConnectAndVerifyOptions {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  readonly signal?: AbortSignal | undefined;
  readonly watchdogListener: WatchdogListener;
}

/** Throws the errors of openServoBus, E_SERVO_NO_REPLY, E_SERVO_WRONG_MODEL, E_SERVO_REJECTED, E_TIMEOUT, E_CONNECT when aborted. */
export async function connectAndVerify(connect: ConnectAndVerifyOptions): Promise<VerifiedServos> {
  const { options, counters, signal } = connect;
  const { address, baudRate, clock, logger, open, protocol, connectTimeoutMs, holdSocketPath } = options;
  // The servos hold on their own until they are armed.
  if (holdSocketPath !== null && (await releaseHold(holdSocketPath)))
    logger.info(`${options.robot.name}: taken over from the watchdog process that held it`);
  const bus = await openServoBus({ protocol, address, baudRate, clock, logger, open, counters, signal });
  const timeout = new AbortController();
  const cancel = clock.setTimer(clock.nowNs() + connectTimeoutMs * NS_PER_MS, () => {
    timeout.abort();
    void bus.close();
  });
  // Only while connecting: an armed robot must be stopped on an open bus.
  const abort = (): void => void bus.close();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await verify(bus, connect);
  } catch (thrown) {
    await bus.close();
    if (signal?.aborted === true) throw new SoftqdError('E_CONNECT', `connecting to ${address} was canceled`);
    if (!timeout.signal.aborted) throw thrown;
    throw new SoftqdError('E_TIMEOUT', `${address}: servo check did not finish within ${connectTimeoutMs} ms`, {
      cause: thrown,
    });
  } finally {
    cancel();
    signal?.removeEventListener('abort', abort);
  }
}

async function verify(
  bus: SerialServoBus,
  { options, watchdogListener }: ConnectAndVerifyOptions,
): Promise<VerifiedServos> {
  const { robot, logger } = options;
  const identities = await identifyServos(bus, robot);
  await configureServos(bus, robot, logger);
  bus.replyTimeout.returnDelayNs = 0;
  bus.fastSyncRead = identities.every(({ firmware }) => bus.protocol.supportsFastSyncRead(firmware));
  await requireHealthy(bus, robot).catch((error: unknown) => logger.warning(toSoftqdError(error).message));
  const ids = identities.map(({ id }) => id);
  const held = await readServoCalibrations(bus, ids, DRIVING_RETRIES);
  const { calibrations, uncalibrated } = calibrationToUse(options, held);
  const maps = jointMaps(robot, calibrations, bus.protocol.stepsPerTurn);
  const servos: RobotServos = { bus, robot, logger };
  const start = (): Promise<WatchdogProcess | null> => watchdogFor(servos, options, watchdogListener);
  return { ...servos, identities, maps, uncalibrated, watchdog: await start(), startWatchdog: start };
}

function calibrationToUse(
  { robot, calibration }: ServoOptions,
  held: readonly ServoCalibration[],
): {
  readonly calibrations: readonly Pick<JointCalibration, 'direction' | 'minimumSteps' | 'maximumSteps'>[];
  readonly uncalibrated: SoftqdError | null;
} {
  if (calibration !== null) {
    const differences = calibrationMismatches(calibration, held);
    return {
      calibrations: calibration.joints,
      uncalibrated: differences.length === 0 ? null : calibrationMismatch(robot.name, differences),
    };
  }
  try {
    return { calibrations: calibrationOfServos(robot, held).joints, uncalibrated: null };
  } catch (thrown) {
    // Readings are in the units of an uncalibrated servo: they can be displayed, but arming is rejected.
    const directions = robot.servoBus?.servos ?? [];
    const calibrations = held.map(({ minimumSteps, maximumSteps }, i) => ({
      direction: directions[i]!.direction,
      minimumSteps,
      maximumSteps,
    }));
    return { calibrations, uncalibrated: toSoftqdError(thrown) };
  }
}

async function watchdogFor(
  { bus, robot }: RobotServos,
  { commandTimeoutMs, holdSocketPath }: ServoOptions,
  listener: WatchdogListener,
): Promise<WatchdogProcess | null> {
  const { descriptor } = bus.transport;
  if (descriptor === null || descriptor === undefined) return null;
  return startWatchdog({
    ...listener,
    ...{ descriptor, robot, holdSocketPath },
    protocol: bus.protocol.name,
    baudRate: bus.baudRate,
    plan: stopPlan(robot),
    timeoutMs: commandTimeoutMs,
  });
}
