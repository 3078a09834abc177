import type { RobotSpec } from '../../robot/robot-spec.ts';
import { float64MultiArray, jointTrajectory, type RosObject, type RosVersion } from '../../wire/rosbridge/index.ts';
import type { RosbridgeOptions } from './options.ts';

/** A guarded command as it is published. Arrays have one value per joint. */
export interface RosCommand {
  /** In the unit of each joint's command mode. */
  readonly targets: Float64Array;
  /** Positions of the point of a trajectory, one control period ahead, within the joints' limits. */
  readonly positions: Float64Array;
}

/** The command with these guarded targets when the joints are at `measured`. */
export function commandAt(
  { robot, controlPeriodS }: Pick<RosbridgeOptions, 'robot' | 'controlPeriodS'>,
  targets: Float64Array,
  measured: Float64Array,
): RosCommand {
  const positions = Float64Array.from(robot.joints, ({ commandMode, limits }, i) => {
    if (commandMode === 'position') return targets[i]!;
    const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = limits;
    const within = (position: number): number => Math.max(low, Math.min(high, position));
    const velocity = commandMode === 'velocity' ? targets[i]! : 0;
    return within(within(measured[i]!) + velocity * controlPeriodS);
  });
  return { targets: targets.slice(), positions };
}

/** The same command without motion: positions are held where they were commanded, velocities and efforts are 0. */
export function stopOf({ joints }: RobotSpec, { targets, positions }: RosCommand): RosCommand {
  const stopped = Float64Array.from(joints, ({ commandMode }, i) => (commandMode === 'position' ? targets[i]! : 0));
  return { targets: stopped, positions };
}

/**
 * A command as a message for the command topic. A trajectory has one point, one control period ahead, with the positions and, for
 * velocity joints, the velocities. Throws E_ROSBRIDGE_MESSAGE for NaN and infinity.
 */
export function commandMessage(options: RosbridgeOptions, rosVersion: RosVersion, command: RosCommand): RosObject {
  const { robot, url, controlPeriodS } = options;
  const { targets, positions } = command;
  if (url.commandType === 'multiarray') return float64MultiArray(targets);
  const byVelocity = robot.joints.map(({ commandMode }) => commandMode === 'velocity');
  const velocities = targets.map((target, i) => (byVelocity[i]! ? target : 0));
  return jointTrajectory(rosVersion, {
    names: robot.joints.map(({ name }) => name),
    positions,
    ...(byVelocity.includes(true) ? { velocities } : {}),
    timeFromStartS: controlPeriodS,
  });
}
