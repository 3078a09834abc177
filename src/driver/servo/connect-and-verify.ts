import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  calibrationDifferences,
  calibrationMismatch,
  calibrationOfServos,
  type ServoCalibration,
} from '../../robot/calibration-mismatches.ts';
import type { JointCalibration } from '../../robot/calibration.ts';
import { startKeeper, type Keeper } from '../watchdog/index.ts';
import { stopWrites } from './arm-servos.ts';
import type { BusCounters } from '../../servo/bus/bus-counters.ts';
import {
  configureServos,
  identifyServos,
  readCalibrations,
  requireHealthy,
  type ServoSite,
} from '../../servo/registers/configure-servos.ts';
import { jointMaps, type JointMap } from '../../servo/calibration/joint-map.ts';
import { openServoBus } from '../../servo/bus/open-servo-bus.ts';
import type { ServoOptions } from './options.ts';
import type { ServoIdentity } from '../../servo/port.ts';
import { servoDialect } from '../../servo/protocols/servo-families.ts';

/** A bus whose servos are the robot's: verified and configured, nothing armed. */
export interface Established {
  readonly site: ServoSite;
  readonly servos: readonly ServoIdentity[];
  readonly maps: readonly JointMap[];
  /** Why the robot may not be armed (E_CALIBRATION), or null. */
  readonly uncalibrated: SoftqdError | null;
  /** null where the stop modes leave it nothing to write, or the line has no descriptor to hold. */
  readonly keeper: Keeper | null;
}

export interface EstablishParts {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  readonly signal?: AbortSignal | undefined;
  /** The keeper stopped the servos, or is gone. */
  readonly onKeeper: (event: 'stopped' | 'gone') => void;
}

/** Throws the errors of openServoBus, E_SERVO_NO_REPLY, E_SERVO_WRONG_MODEL, E_SERVO_REFUSED, E_TIMEOUT, E_CONNECT when aborted. */
export async function establish({ options, counters, signal, onKeeper }: EstablishParts): Promise<Established> {
  const { address, baudRate, clock, logger, open, protocol, robot, connectTimeoutMs } = options;
  const bus = await openServoBus({ protocol, address, baudRate, clock, logger, open, counters, signal });
  const late = new AbortController();
  const cancel = clock.at(clock.nowNs() + connectTimeoutMs * NS_PER_MS, () => {
    late.abort();
    void bus.close();
  });
  try {
    const site: ServoSite = { bus, robot, logger, dialect: servoDialect(protocol) };
    const servos = await identifyServos(site);
    await configureServos(site);
    bus.patience.returnDelayNs = 0;
    bus.fastSyncRead = servos.every(({ firmware }) => site.dialect.knowsFastSyncRead(firmware));
    await requireHealthy(site).catch((error: unknown) => logger.warning(toSoftqdError(error).message));
    const held = await readCalibrations(site);
    const { calibrations, uncalibrated } = calibrationToUse(options, held);
    const maps = jointMaps(robot, calibrations, site.dialect.stepsPerTurn);
    const keeper = await keeperFor(site, options, onKeeper);
    return { site, servos, maps, uncalibrated, keeper };
  } catch (thrown) {
    await bus.close();
    if (signal?.aborted === true) throw new SoftqdError('E_CONNECT', `connecting to ${address} was cancelled`);
    if (late.signal.aborted)
      throw new SoftqdError('E_TIMEOUT', `${address}: the servos were not verified within ${connectTimeoutMs} ms`, {
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
    const differences = calibrationDifferences(calibration, held);
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

async function keeperFor(
  site: ServoSite,
  { commandTimeoutMs }: ServoOptions,
  onKeeper: EstablishParts['onKeeper'],
): Promise<Keeper | null> {
  const stop = stopWrites(site).map(({ address, length, items }) =>
    site.bus.dialect.syncWrite({ address, length }, items),
  );
  const { descriptor } = site.bus.line;
  if (stop.length === 0 || descriptor === null || descriptor === undefined) return null;
  return startKeeper({
    descriptor,
    stop,
    silenceMs: commandTimeoutMs,
    onStopped: () => onKeeper('stopped'),
    onGone: () => onKeeper('gone'),
  });
}
