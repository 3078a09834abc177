import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { CommandMode, RobotSpec } from '../../robot/robot-spec.ts';
import { rosType, type RosVersion } from '../../wire/rosbridge/index.ts';
import { parseRosbridgeUrl, type RosbridgeUrl } from './rosbridge-url.ts';

export interface ConnectRosbridgeOptions {
  /** rosbridge://HOST:PORT?...: see parseRosbridgeUrl. */
  readonly url: string;
  /** The robot whose joints are matched by name in the joint states. */
  readonly robot: RobotSpec;
  readonly controlPeriodS: number;
  /** Real monotonic time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting while connecting rejects with E_CONNECT. */
  readonly signal?: AbortSignal;
  /** From opening to the first joint state; 5000 when absent. */
  readonly connectTimeoutMs?: number;
  /** Without a joint state for this time the robot counts as disconnected; 1000 when absent. */
  readonly receiveTimeoutMs?: number;
  /** Time to reconnect before the loss is permanent; 30,000 when absent, 0: permanent at once. */
  readonly reconnectTimeoutMs?: number;
  /** Timeout of a reply of rosapi; 1000 when absent, 0: no requests. */
  readonly rosapiTimeoutMs?: number;
  /** Commands are withheld when the server has confirmed nothing for this time; four control periods, at least 100, when absent. */
  readonly unconfirmedMs?: number;
  /** Max size of a message in bytes; 1 MiB when absent. */
  readonly maxMessageBytes?: number;
}

/** Every option with its value. */
export interface RosbridgeOptions extends Required<Omit<ConnectRosbridgeOptions, 'signal' | 'url'>> {
  readonly url: RosbridgeUrl;
}

/** The topics of a robot and the types of their messages. */
export interface RosTopics {
  readonly rosVersion: RosVersion;
  readonly state: { readonly name: string; readonly type: string };
  readonly command: { readonly name: string; readonly type: string };
}

const FORWARD: Readonly<Record<1 | 2, Readonly<Record<CommandMode, string>>>> = {
  1: {
    position: '/joint_group_position_controller/command',
    velocity: '/joint_group_velocity_controller/command',
    effort: '/joint_group_effort_controller/command',
  },
  2: {
    position: '/forward_position_controller/commands',
    velocity: '/forward_velocity_controller/commands',
    effort: '/forward_effort_controller/commands',
  },
};
const TRAJECTORY = {
  1: '/joint_trajectory_controller/command',
  2: '/joint_trajectory_controller/joint_trajectory',
} as const;

/** Adds the defaults. Throws E_USAGE (invalid URL, a command type that cannot move this robot), E_ROBOT_FILE (robot has sensors). */
export function rosbridgeOptions(given: ConnectRosbridgeOptions): RosbridgeOptions {
  const { robot, controlPeriodS } = given;
  const url = parseRosbridgeUrl(given.url);
  commandTopicOf(url, robot, 2);
  const sensor = robot.sensors[0];
  if (sensor !== undefined) {
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `${robot.name}: sensor ${sensor.name} is not available over rosbridge (joint states only)`,
      { values: { robot: robot.name, sensor: sensor.name } },
    );
  }
  return {
    robot,
    controlPeriodS,
    clock: given.clock,
    logger: given.logger,
    url,
    connectTimeoutMs: given.connectTimeoutMs ?? 5000,
    receiveTimeoutMs: given.receiveTimeoutMs ?? 1000,
    reconnectTimeoutMs: given.reconnectTimeoutMs ?? 30_000,
    rosapiTimeoutMs: given.rosapiTimeoutMs ?? 1000,
    unconfirmedMs: given.unconfirmedMs ?? Math.max(100, controlPeriodS * 4000),
    maxMessageBytes: given.maxMessageBytes ?? 1_048_576,
  };
}

/** The topics of the robot in this ROS version. */
export function rosTopics({ url, robot }: Pick<RosbridgeOptions, 'url' | 'robot'>, rosVersion: RosVersion): RosTopics {
  const commandType =
    url.commandType === 'multiarray'
      ? rosType(rosVersion, 'std_msgs', 'Float64MultiArray')
      : rosType(rosVersion, 'trajectory_msgs', 'JointTrajectory');
  return {
    rosVersion,
    state: { name: url.stateTopic, type: rosType(rosVersion, 'sensor_msgs', 'JointState') },
    command: { name: commandTopicOf(url, robot, rosVersion), type: commandType },
  };
}

/** The topic of the URL, or that to which ros2_control's (or ros_control's) own controller of this kind listens. Throws E_USAGE. */
function commandTopicOf({ commandType, commandTopic }: RosbridgeUrl, robot: RobotSpec, rosVersion: RosVersion): string {
  if (commandTopic !== null) return commandTopic;
  const modes = new Set(robot.joints.map(({ commandMode }) => commandMode));
  if (commandType === 'trajectory') {
    if (!modes.has('effort')) return TRAJECTORY[rosVersion];
    throw new SoftqdError('E_USAGE', `${robot.name}: joint trajectories do not support effort commands`, {
      hint: 'Leave type=trajectory out of the rosbridge URL.',
    });
  }
  const [mode, ...others] = modes;
  if (mode !== undefined && others.length === 0) return FORWARD[rosVersion][mode];
  throw new SoftqdError(
    'E_USAGE',
    `${robot.name}: joints use different command modes; there is no default controller topic for that`,
    {
      hint: 'Set the command topic in the URL: ?command=/TOPIC.',
    },
  );
}
