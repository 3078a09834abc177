import { forwardKinematics } from '../../../robot/forward-kinematics.ts';
import type { Reading } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { boundedTarget } from '../../actions/incremental-position-actions.ts';
import type { TaskMemory } from '../../port.ts';

/** Index of the first joint target in the memory; the elements before it are the target's x, y, z and the two of the hold counter. */
export const TARGETS_INDEX = 5;

/** The predicted pose is this fraction of the way from the joints to their targets; an action affects it immediately. */
const LOOKAHEAD_FRACTION = 0.5;
/** `pull` assumes that the tip continues to move for this long. */
const LOOKAHEAD_S = 0.06;
/** `pull` fades below this distance, where the direction to the target is undefined. */
const NEAR_M = 0.05;

/** Where the tip is, where it will be, and the observation of both. Distances are to the target in the memory, m. */
export interface ReachGeometry {
  tip(positions: ArrayLike<number>): Float64Array;
  distanceM(reading: Reading, memory: TaskMemory): number;
  predictedDistanceM(reading: Reading, memory: TaskMemory): number;
  readonly observationNames: readonly string[];
  readonly observe: (reading: Reading, memory: TaskMemory) => Float64Array;
}

/** `leadRadOrM` bounds the distance of a joint target to its joint. Throws E_ROBOT_FILE for a robot without kinematics. */
export function reachGeometry(robot: RobotSpec, leadRadOrM: number): ReachGeometry {
  const { tip, jacobian } = forwardKinematics(robot);
  const lead = (position: number, memory: TaskMemory, i: number): number =>
    boundedTarget(position, memory[TARGETS_INDEX + i]!, leadRadOrM) - position;
  const predictedTip = (positions: Float64Array, memory: TaskMemory): Float64Array =>
    tip(positions.map((q, i) => q + LOOKAHEAD_FRACTION * lead(q, memory, i)));
  return {
    tip,
    distanceM: ({ positions }, memory) => distance(tip(positions), memory),
    predictedDistanceM: ({ positions }, memory) => distance(predictedTip(positions, memory), memory),
    observationNames: observationNames(robot),
    observe({ positions, velocities }: Reading, memory: TaskMemory): Float64Array {
      const count = robot.joints.length;
      const observation = new Float64Array(4 * count + 6);
      observation.set(positions);
      observation.set(velocities, count);
      const at = tip(positions);
      const tipToTarget = at.map((value, k) => memory[k]! - value);
      const columns = jacobian(positions);
      const soon = predictedTip(positions, memory);
      const ahead = soon.map(
        (value, k) => memory[k]! - value - LOOKAHEAD_S * velocities.reduce((v, w, i) => v + columns[3 * i + k]! * w, 0),
      );
      const nearness = Math.hypot(...tipToTarget) + NEAR_M;
      for (let i = 0; i < count; i++) {
        observation[2 * count + i] = lead(positions[i]!, memory, i);
        const gradient = ahead.reduce((sum, value, k) => sum + columns[3 * i + k]! * value, 0);
        observation[3 * count + i] = gradient / nearness;
      }
      observation.set(at, 4 * count);
      observation.set(tipToTarget, 4 * count + 3);
      return observation;
    },
  };
}

function distance(point: Float64Array, memory: TaskMemory): number {
  return Math.hypot(point[0]! - memory[0]!, point[1]! - memory[1]!, point[2]! - memory[2]!);
}

function observationNames({ joints }: RobotSpec): readonly string[] {
  return [
    ...joints.map(({ name }) => `position(${name})`),
    ...joints.map(({ name }) => `velocity(${name})`),
    ...joints.map(({ name }) => `lead(${name})`),
    ...joints.map(({ name }) => `pull(${name})`),
    ...['tipX', 'tipY', 'tipZ', 'tipToTargetX', 'tipToTargetY', 'tipToTargetZ'],
  ];
}
