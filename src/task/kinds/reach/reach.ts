import type { RobotSpec } from '../../../robot/robot-spec.ts';
import type { Task } from '../../port.ts';
import type { TaskSettings } from '../../settings.ts';
import { createKinematicReach } from './kinematic-reach.ts';
import { createGoalReach } from './goal-reach.ts';
import { createSensorReach } from './sensor-reach.ts';

/**
 * Bring the tip of an arm to a target and hold it there. With kinematics in the robot file, the tip of any arm in space; without
 * kinematics, the robot needs a sensor `fingertip`. With `successAngleRad` it takes an orientation, too; with `reward` its reward is composed
 * of terms: both need kinematics. Throws E_TASK_SENSOR_MISSING for a robot that has neither.
 */
export function createReach(robot: RobotSpec, settings: TaskSettings): Task {
  if ('successAngleRad' in settings.parameters || settings.reward !== undefined)
    return createGoalReach(robot, settings);
  return robot.kinematics === undefined ? createSensorReach(robot, settings) : createKinematicReach(robot, settings);
}
