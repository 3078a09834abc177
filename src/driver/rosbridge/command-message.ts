import type { RobotSpec } from '../../robot/robot-spec.ts';
import { float64MultiArray, jointTrajectory, type RosObject } from '../../wire/rosbridge/index.ts';
import type { RosbridgeOptions } from './options.ts';

/**
 * Targets, one per joint in the unit of its command mode, as a message for the command topic. A trajectory has one point, one control
 * period ahead, with the position of position joints and the velocity (and resulting position) of velocity joints. Throws
 * E_ROSBRIDGE_MESSAGE for NaN and infinity.
 */
export function commandMessage(options: RosbridgeOptions, targets: Float64Array, positions: Float64Array): RosObject {
  const { robot, url, controlPeriodS } = options;
  if (url.commandType === 'multiarray') return float64MultiArray(targets);
  const byVelocity = robot.joints.map(({ commandMode }) => commandMode === 'velocity');
  const velocities = targets.map((target, i) => (byVelocity[i]! ? target : 0));
  return jointTrajectory(url.rosVersion, {
    names: robot.joints.map(({ name }) => name),
    positions: targets.map((target, i) => (byVelocity[i]! ? positions[i]! + target * controlPeriodS : target)),
    ...(byVelocity.includes(true) ? { velocities } : {}),
    timeFromStartS: controlPeriodS,
  });
}

/** Targets that stop the robot: the present position, zero velocity, zero effort. */
export function stopTargets(robot: RobotSpec, positions: Float64Array): Float64Array {
  return Float64Array.from(robot.joints, ({ commandMode }, i) => (commandMode === 'position' ? positions[i]! : 0));
}
