import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import type { RobotSpec } from './robot-spec.ts';

/** The condition of the motor of one joint; null: the driver does not report it. */
export interface JointHealth {
  readonly temperatureC: number | null;
  /** At the motor. */
  readonly supplyV: number | null;
  /** Fraction of the motor's maximum, -1 to 1; may exceed it briefly. */
  readonly load: number | null;
}

/** One reading of the robot: SI units, float64, joints in the order of RobotSpec.joints. */
export interface Reading {
  readonly sequence: number;
  /** Monotonic time at which the bytes arrived (lock-step: simulated time). */
  readonly arrivalNs: number;
  /** Time of the driver, seconds. */
  readonly deviceTimeS: number;
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  readonly sensors: ReadonlyMap<string, Float64Array>;
  /** In joint order; absent where the driver reports no condition of its motors. */
  readonly health?: readonly JointHealth[];
  /**
   * Indexes of joints whose servo is cleared of an overload and armed again: their values are the last known ones, and `arrivalNs` is that
   * of the others. Absent: none.
   */
  readonly recovering?: readonly number[];
}

/** Whether a servo of the robot is cleared of an overload now: everything else holds. */
export function isRecovering({ recovering }: Pick<Reading, 'recovering'>): boolean {
  return recovering !== undefined && recovering.length > 0;
}

/** Where an episode begins: a full simulator state and, for tasks that remember, their memory. */
export interface ResetState {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly memory?: Float64Array;
  /** Of a simulator that chooses initial states itself, 0 to 2^32 - 1. */
  readonly seed?: number;
}

/** Throws E_READING_SHAPE or E_READING_NON_FINITE when a reading does not fit the robot. */
export function checkReading(reading: Reading, robot: RobotSpec): void {
  const joints = robot.joints.length;
  for (const [part, values] of [
    ['positions', reading.positions],
    ['velocities', reading.velocities],
    ['efforts', reading.efforts],
  ] as const) {
    if (values.length !== joints) {
      throw new SoftqdError(
        'E_READING_SHAPE',
        `${robot.name}: reading has ${values.length} ${part}, the robot has ${joints} joints`,
        {
          values: { part, got: values.length, expected: joints },
        },
      );
    }
    rejectNonFinite(part, values, robot);
  }
  for (const sensor of robot.sensors) {
    const values = reading.sensors.get(sensor.name);
    if (values?.length !== sensor.size) {
      throw new SoftqdError(
        'E_READING_SHAPE',
        `${robot.name}: sensor ${sensor.name} has ${values?.length ?? 0} values, the robot file states ${sensor.size}`,
        {
          values: { sensor: sensor.name, got: values?.length ?? 0, expected: sensor.size },
        },
      );
    }
    rejectNonFinite(sensor.name, values, robot);
  }
}

function rejectNonFinite(part: string, values: Float64Array, robot: RobotSpec): void {
  const index = firstNonFinite(values);
  if (index >= 0) {
    throw new SoftqdError('E_READING_NON_FINITE', `${robot.name}: ${part}[${index}] is ${values[index]!}`, {
      values: { part, index },
    });
  }
}
