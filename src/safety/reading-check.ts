import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import { checkReading, type Reading } from '../robot/reading.ts';
import { GUARD_REASON } from '../robot/reasons.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/** What is wrong with a reading as reasons, without allocating: a wrong shape counts as not finite. */
export function readingReasons(reading: Reading, robot: RobotSpec, ageNs: number, maxAgeNs: number): ReasonMask {
  let mask = NO_REASON;
  if (!fits(reading, robot)) mask |= reasonBit(GUARD_REASON.nonFiniteReading);
  if (isStale(ageNs, maxAgeNs)) mask |= reasonBit(GUARD_REASON.staleReading);
  return mask;
}

/** A reading from the future is as invalid as an old one: the clocks differ. */
function isStale(ageNs: number, maxAgeNs: number): boolean {
  return !(ageNs <= maxAgeNs && ageNs >= -maxAgeNs);
}

/** The same as an error message; null when the reading is valid. */
export function readingError(reading: Reading, robot: RobotSpec, ageNs: number, maxAgeNs: number): SoftqdError | null {
  try {
    checkReading(reading, robot);
  } catch (error) {
    if (error instanceof SoftqdError) return error;
  }
  if (!isStale(ageNs, maxAgeNs)) return null;
  const ageMs = Math.round(ageNs / 1e3) / 1e3;
  const maxAgeMs = maxAgeNs / 1e6;
  return new SoftqdError(
    'E_READING_STALE',
    `${robot.name}: latest reading is ${ageMs} ms old (maximum ${maxAgeMs} ms)`,
    {
      values: { robot: robot.name, ageMs, maxAgeMs },
    },
  );
}

function fits(reading: Reading, robot: RobotSpec): boolean {
  const count = robot.joints.length;
  if (!finite(reading.positions, count) || !finite(reading.velocities, count) || !finite(reading.efforts, count))
    return false;
  for (const sensor of robot.sensors) {
    if (!finite(reading.sensors.get(sensor.name), sensor.size)) return false;
  }
  return true;
}

function finite(values: Float64Array | undefined, size: number): boolean {
  return values?.length === size && firstNonFinite(values) < 0;
}
