import { SoftqdError } from '../../../base/errors.ts';
import type { Reading } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { QPOS, type GeneralizedState } from '../../generalized-state.ts';
import { sensorValues } from '../../sensors.ts';

/** Where the robot is along its way; without this sensor: the coordinate rootX. */
const TORSO = 'torso';
export const FORWARD = 'rootX';

export interface ForwardMotion {
  /** The sensor that contains the position along x. */
  readonly sensor: string;
  /** In m. */
  position(reading: Reading): number;
  /** Displacement along x over the time between the readings, m/s. */
  speed(before: Reading, after: Reading): number;
}

/** Throws E_ROBOT_FILE when the robot has no position along x. */
export function createForwardMotion(robot: RobotSpec, { positions }: GeneralizedState): ForwardMotion {
  const sensor = robot.sensors.some(({ name }) => name === TORSO) ? TORSO : QPOS;
  const index = sensor === TORSO ? 0 : positions.indexOf(FORWARD);
  if (index < 0) {
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `robot ${robot.name} has neither a sensor ${TORSO} nor the element ${FORWARD} of the sensor ${QPOS}`,
      { hint: 'A task of motion along x needs the position along x.', values: { robot: robot.name } },
    );
  }
  const position = (reading: Reading): number => sensorValues(reading, sensor)[index]!;
  return {
    sensor,
    position,
    speed: (before, after) => (position(after) - position(before)) / elapsedS(before, after, robot.controlPeriodS),
  };
}

/** The time between two readings; the control period where it is that but for rounding, or where the driver reports no time. */
function elapsedS(before: Reading, after: Reading, controlPeriodS: number): number {
  const measuredS = after.deviceTimeS - before.deviceTimeS;
  const isPeriod = Math.abs(measuredS - controlPeriodS) <= 1e-6 * controlPeriodS;
  return isPeriod || !(measuredS > 0) ? controlPeriodS : measuredS;
}
