import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  calibrationMismatches,
  calibrationMismatch,
  calibrationOfServos,
  type ServoCalibration,
} from '../../robot/calibration-mismatches.ts';
import type { JointCalibration } from '../../robot/calibration.ts';
import { startWatchdog, type WatchdogProcess } from '../watchdog/index.ts';
import { stopWrites } from './arm-servos.ts';
import {
  configureServos,
  identifyServos,
  jointMaps,
  openServoBus,
  readCalibrations,
  requireHealthy,
  servoFamily,
  type BusCounters,
  type JointMap,
  type ServoContext,
} from '../../servo/index.ts';
import type { ServoOptions } from './options.ts';
import type { ServoIdentity } from '../../servo/port.ts';

/** A bus whose servos are the robot's: verified and configured, nothing armed. */
export interface VerifiedServos {
  readonly site: ServoContext;
  readonly servos: readonly ServoIdentity[];
  readonly maps: readonly JointMap[];
  /** Why the robot may not be armed (E_CALIBRATION), or null. */
  readonly uncalibrated: SoftqdError | null;
  /** null where the stop modes leave it nothing to write, or the line has no descriptor to hold. */
  readonly watchdog: WatchdogProcess | null;
}

export interface ConnectAndVerifyOptions {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  readonly signal?: AbortSignal | undefined;
  /** The keeper stopped the servos, or is gone. */
  readonly onWatchdog: (event: 'stopped' | 'gone') => void;
}

/** Throws the errors of openServoBus, E_SERVO_NO_REPLY, E_SERVO_WRONG_MODEL, E_SERVO_REJECTED, E_TIMEOUT, E_CONNECT when aborted. */
export async function connectAndVerify({
  options,
  counters,
  signal,
  onWatchdog,
}: ConnectAndVerifyOptions): Promise<VerifiedServos> {
  const { address, baudRate, clock, logger, open, protocol, robot, connectTimeoutMs } = options;
  const bus = await openServoBus({ protocol, address, baudRate, clock, logger, open, counters, signal });
  const late = new AbortController();
  const cancel = clock.setTimer(clock.nowNs() + connectTimeoutMs * NS_PER_MS, () => {
    late.abort();
    void bus.close();
  });
  try {
    const site: ServoContext = { bus, robot, logger, dialect: servoFamily(protocol) };
    const servos = await identifyServos(site);
    await configureServos(site);
    bus.replyTimeout.returnDelayNs = 0;
    bus.fastSyncRead = servos.every(({ firmware }) => site.dialect.supportsFastSyncRead(firmware));
    await requireHealthy(site).catch((error: unknown) => logger.warning(toSoftqdError(error).message));
    const held = await readCalibrations(site);
    const { calibrations, uncalibrated } = calibrationToUse(options, held);
    const maps = jointMaps(robot, calibrations, site.dialect.stepsPerTurn);
    const watchdog = await watchdogFor(site, options, onWatchdog);
    return { site, servos, maps, uncalibrated, watchdog };
  } catch (thrown) {
    await bus.close();
    if (signal?.aborted === true) throw new SoftqdError('E_CONNECT', `connecting to ${address} was canceled`);
    if (late.signal.aborted)
      throw new SoftqdError('E_TIMEOUT', `${address}: servo check did not finish within ${connectTimeoutMs} ms`, {
        cause: thrown,
      });
    throw thrown;
  } finally {
    cancel();
  }
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
    // Readings are in the units of a servo that was never calibrated: good for looking, not for driving.
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
  site: ServoContext,
  { commandTimeoutMs }: ServoOptions,
  onWatchdog: ConnectAndVerifyOptions['onWatchdog'],
): Promise<WatchdogProcess | null> {
  const stopPackets = stopWrites(site).map(({ address, length, items }) =>
    site.bus.busProtocol.syncWrite({ address, length }, items),
  );
  const { descriptor } = site.bus.transport;
  if (stopPackets.length === 0 || descriptor === null || descriptor === undefined) return null;
  return startWatchdog({
    descriptor,
    stopPackets,
    timeoutMs: commandTimeoutMs,
    onStopped: () => onWatchdog('stopped'),
    onExit: () => onWatchdog('gone'),
  });
}
