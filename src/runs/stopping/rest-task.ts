import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import type { Policy } from '../../policy/port.ts';
import type { Task } from '../../task/port.ts';

/** Parking: the joints arrive together, none faster than this, rad/s or m/s, and within MOTION_S. */
const PARK_SPEED = 0.6;
const MOTION_S = 4;
/** A joint this close to its rest position and slower than REST_SPEED has arrived, rad or m: a servo with low gain stops short by friction. */
const POSITION_TOLERANCE = 0.12;
const REST_SPEED = 0.05;
/** Proportional gain of a velocity-controlled joint, 1/s. */
const VELOCITY_GAIN_PER_S = 2;

/** Whether every joint can be driven to a position: not with a joint that is driven by effort. */
export function canPark({ joints }: Pick<RobotSpec, 'joints'>): boolean {
  return joints.every(({ commandMode }) => commandMode !== 'effort');
}

/** Whether every joint is at its rest position and at rest. */
export function isParked(
  rest: readonly number[],
  { positions, velocities }: { readonly positions: Float64Array; readonly velocities: Float64Array },
): boolean {
  return rest.every(
    (position, i) => Math.abs(positions[i]! - position) <= POSITION_TOLERANCE && Math.abs(velocities[i]!) <= REST_SPEED,
  );
}

/** The speed of each joint on the way from `start` to the rest pose, rad/s or m/s. */
export function parkSpeeds(joints: readonly JointSpec[], start: ArrayLike<number>, rest: readonly number[]): number[] {
  const distances = rest.map((position, i) => Math.abs(position - start[i]!));
  const durationS = Math.min(MOTION_S, Math.max(...distances) / PARK_SPEED);
  return joints.map(({ limits: { maxVelocityRadOrMPerS: max = Infinity } }, i) =>
    durationS > 0 ? Math.min(max, distances[i]! / durationS) : 0,
  );
}

/**
 * Going to the rest pose as a task of the control loop. Its memory holds the target of each position-controlled joint, which approaches
 * the rest position at the speed of its joint. Actions have no effect; it has no reward and no end.
 */
export function restTask(robot: RobotSpec, rest: readonly number[], speeds: readonly number[]): Task {
  const { joints, controlPeriodS } = robot;
  const toward = (from: number, i: number): number => {
    const reach = speeds[i]! * controlPeriodS;
    return from + Math.max(-reach, Math.min(reach, rest[i]! - from));
  };
  return {
    spec: {
      ...{ name: 'rest', robot: robot.name, observationNames: ['none'], actionSize: 1 },
      ...{ discount: 1, horizon: Infinity, requiredSensors: [] },
    },
    sampleInitialState: () => ({ qpos: new Float64Array(0), qvel: new Float64Array(0) }),
    initialMemory: ({ positions }) => positions.slice(),
    observe: () => new Float64Array(1),
    // Not what was applied: servos round a slow ramp to the same step at every tick.
    nextMemory: ({ memory }) => memory.map(toward),
    reward: () => 0,
    terminated: () => false,
    truncated: () => false,
    toCommand: (_action, { positions }, memory) => ({
      targets: Float64Array.from(joints, ({ commandMode }, i) => {
        if (commandMode === 'position') return toward(memory[i]!, i);
        if (commandMode === 'effort') return 0;
        const wanted = (rest[i]! - positions[i]!) * VELOCITY_GAIN_PER_S;
        return Math.max(-speeds[i]!, Math.min(speeds[i]!, wanted));
      }),
    }),
    toAction: () => new Float32Array(1),
  };
}

/** The policy of a task whose commands do not depend on actions. */
export const NO_ACTIONS: Policy = {
  version: 0,
  act: (_observation, out) => out.fill(0),
  beginEpisode: () => undefined,
};
