import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { DEFAULT_SAFETY } from '../robot/safety-spec.ts';

/** How long a joint has not followed its command. Signed: positive times belong to a command ahead in positive direction. */
export interface FollowingMemory {
  /** The command was held at its largest distance while the joint lagged, s. */
  readonly behindS: number;
  /** The joint has not moved although it was commanded away, s. */
  readonly stalledS: number;
  /** Where it stands since then. */
  readonly anchor: number;
}

export interface FollowingInput {
  /** The command that the joint has had until now. */
  readonly command: number;
  readonly position: number;
  readonly velocity: number;
  /** Whether the guard cuts the new command at its largest distance from the joint. */
  readonly isCut: boolean;
  readonly dtS: number;
}

export interface FollowingJoint {
  readonly name: string;
  readonly maxDistance: number;
  readonly maxVelocity: number;
  readonly followingErrorS: number;
  readonly stallS: number;
}

/** A command closer to its joint than this part of the largest distance may be the error of a position servo under load. */
const STALL_DISTANCE_FRACTION = 0.5;
/** A joint that moves less than this stands still: a few steps of a 12-bit encoder. */
const STALL_MOTION_RAD_OR_M = 0.006;
/** A joint slower than this part of its velocity limit lags; a faster one is limited by its servo only. */
const LAG_SPEED_FRACTION = 0.5;

export const FOLLOWING: FollowingMemory = { behindS: 0, stalledS: 0, anchor: 0 };

/** What is watched of each joint; null: nothing. Only hardware's position joints with a largest distance can be watched. */
export function followingJoints(robot: RobotSpec): readonly (FollowingJoint | null)[] {
  const { followingErrorS, stallS, blockableJoints } = robot.safety ?? DEFAULT_SAFETY;
  return robot.joints.map(({ name, commandMode, limits }) => {
    const { maxCommandDistanceRadOrM: maxDistance, maxVelocityRadOrMPerS: maxVelocity = Infinity } = limits;
    const isWatched = robot.kind === 'hardware' && commandMode === 'position' && !blockableJoints.includes(name);
    return isWatched && maxDistance !== undefined ? { name, maxDistance, maxVelocity, followingErrorS, stallS } : null;
  });
}

/** Pure: adds a tick's time where the joint does not follow, else starts over. */
export function follow(joint: FollowingJoint, memory: FollowingMemory, input: FollowingInput): FollowingMemory {
  const { command, position, velocity, isCut, dtS } = input;
  const error = command - position;
  const direction = Math.sign(error);
  const lags = velocity * direction < LAG_SPEED_FRACTION * joint.maxVelocity;
  const isAway = Math.abs(error) > STALL_DISTANCE_FRACTION * joint.maxDistance;
  const stands = memory.stalledS !== 0 && Math.abs(position - memory.anchor) <= STALL_MOTION_RAD_OR_M;
  const stalledS = isAway ? longer(stands ? memory.stalledS : 0, direction, dtS) : 0;
  return {
    behindS: isCut && lags ? longer(memory.behindS, direction, dtS) : 0,
    stalledS,
    anchor: stands ? memory.anchor : position,
  };
}

/** Whether it has not followed its command in the latest tick, however briefly. */
export function isLagging({ behindS, stalledS }: FollowingMemory): boolean {
  return behindS !== 0 || stalledS !== 0;
}

function longer(timeS: number, direction: number, dtS: number): number {
  return direction * (Math.sign(timeS) === direction ? Math.abs(timeS) + dtS : dtS);
}

/** The fault of a joint that has not followed for too long; null: none. */
export function followingError(
  joint: FollowingJoint,
  memory: FollowingMemory,
  input: FollowingInput,
): SoftqdError | null {
  const { name, followingErrorS, stallS } = joint;
  const { command, position } = input;
  const where = `commanded to ${command.toFixed(3)}, it is at ${position.toFixed(3)}`;
  const values = { joint: name, command, position };
  if (Math.abs(memory.stalledS) >= stallS) {
    const timeS = Math.abs(memory.stalledS);
    return new SoftqdError('E_JOINT_STALLED', `${name} has not moved for ${timeS.toFixed(2)} s: ${where}`, {
      values: { ...values, timeS },
    });
  }
  if (Math.abs(memory.behindS) >= followingErrorS) {
    const timeS = Math.abs(memory.behindS);
    return new SoftqdError('E_FOLLOWING_ERROR', `${name} has lagged for ${timeS.toFixed(2)} s: ${where}`, {
      values: { ...values, timeS },
    });
  }
  return null;
}
