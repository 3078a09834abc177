import { NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Reading } from '../../robot/reading.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';

/** A joint further outside its range cannot be there: one turn, or a meter. */
const MAX_OUTSIDE = { revolute: 2 * Math.PI, prismatic: 1 } as const;
/** The range of a joint without one. */
const UNLIMITED_RAD_OR_M = 1e6;
/** A pushed joint moves faster than the limit of its commands; a controller in a simulation may move it at once. */
const SPEED_FACTOR = 1.5;
const JUMP_MARGIN_RAD_OR_M = 1;
const MAX_SPEED_RAD_OR_M_PER_S = 1000;
const MAX_EFFORT_NM_OR_N = 1e6;
/** While the robot is disarmed, this many consecutive consistent positions are accepted: it was moved, or the simulation was reset. */
const CONSISTENT_READINGS = 3;

/**
 * Decides whether a joint state can be true: positions not far outside the joint's range, and not further from the last accepted ones than
 * the joints can have moved since; velocities and efforts that a robot can have.
 */
export class PlausibleReadings {
  private readonly robot: RobotSpec;
  private last: Reading | null = null;
  private candidate: { readonly reading: Reading; readonly count: number } | null = null;

  constructor(robot: RobotSpec) {
    this.robot = robot;
  }

  /** Throws E_READING_IMPLAUSIBLE. `driven`: only this program moves the robot, so that a jump is never true. */
  check(reading: Reading, driven: boolean): void {
    this.robot.joints.forEach((joint, i) => checkMagnitudes(this.robot.name, joint, reading, i));
    const jump = this.last === null ? -1 : this.jumpSince(this.last, reading);
    if (jump < 0 || (!driven && this.isConsistent(reading))) {
      this.last = reading;
      this.candidate = null;
      return;
    }
    const from = this.last!.positions[jump]!;
    throw implausible(this.robot, jump, `jumped from ${from} to ${reading.positions[jump]!}`);
  }

  /** Call after a disconnect: the next position within range is accepted. */
  forget(): void {
    this.last = null;
    this.candidate = null;
  }

  private isConsistent(reading: Reading): boolean {
    const { candidate } = this;
    const follows = candidate !== null && this.jumpSince(candidate.reading, reading) < 0;
    const count = follows ? candidate.count + 1 : 1;
    this.candidate = { reading, count };
    return count >= CONSISTENT_READINGS;
  }

  /** The index of a joint that cannot have come from its position then; -1: none. */
  private jumpSince(then: Reading, { positions, arrivalNs }: Reading): number {
    const seconds = Math.max(0, arrivalNs - then.arrivalNs) / NS_PER_S;
    return this.robot.joints.findIndex(({ limits }, i) => {
      const reach = SPEED_FACTOR * (limits.maxVelocityRadOrMPerS ?? Infinity) * seconds;
      return Math.abs(positions[i]! - then.positions[i]!) > reach + JUMP_MARGIN_RAD_OR_M;
    });
  }
}

function checkMagnitudes(robot: string, { name, kind, limits }: JointSpec, reading: Reading, i: number): void {
  const { minPositionRadOrM: low = -UNLIMITED_RAD_OR_M, maxPositionRadOrM: high = UNLIMITED_RAD_OR_M } = limits;
  const [position, velocity, effort] = [reading.positions[i]!, reading.velocities[i]!, reading.efforts[i]!];
  const outside = Math.max(low - position, position - high);
  const problem =
    outside > MAX_OUTSIDE[kind]
      ? `position ${position}, its range is ${low} to ${high}`
      : Math.abs(velocity) > MAX_SPEED_RAD_OR_M_PER_S
        ? `velocity ${velocity}`
        : Math.abs(effort) > MAX_EFFORT_NM_OR_N
          ? `effort ${effort}`
          : null;
  if (problem === null) return;
  throw new SoftqdError('E_READING_IMPLAUSIBLE', `${robot}: joint state of ${name} cannot be true: ${problem}`, {
    hint: 'Check units (rad, m) and joint names of the publisher of the joint states.',
    values: { joint: name },
  });
}

function implausible({ name, joints }: RobotSpec, joint: number, what: string): SoftqdError {
  const { name: jointName } = joints[joint]!;
  return new SoftqdError('E_READING_IMPLAUSIBLE', `${name}: joint state of ${jointName} cannot be true: it ${what}`, {
    hint: 'Check for a second publisher on the topic of the joint states.',
    values: { joint: jointName },
  });
}
