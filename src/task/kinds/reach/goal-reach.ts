import { forwardKinematics } from '../../../robot/forward-kinematics.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { rotationVectorOf, times, transposed, type Matrix3 } from '../../../robot/rotation.ts';
import { GOAL_PARAMETERS, goalTask, type Goal } from '../../goal/goal-task.ts';
import type { Task } from '../../port.ts';
import { readParameters, type TaskParameters, type TaskSettings } from '../../settings.ts';
import { REACH_VOLUME_PARAMETERS, reachVolume } from './reach-volume.ts';

const PARAMETERS = {
  ...GOAL_PARAMETERS,
  ...REACH_VOLUME_PARAMETERS,
  successRadiusM: { default: 0.03, min: 1e-6, max: 1 },
  successAngleRad: { default: 0.2, min: 1e-6, max: Math.PI },
  /** What a radian counts in the distance, m. */
  angleWeightMPerRad: { default: 0.1, min: 0, max: 100 },
} as const;
const WEIGHTS = { progress: 50, nearness: 2, effort: -0.3 };
/** Step of the derivatives, rad or m. */
const STEP = 1e-4;

/**
 * `reach` with an orientation (`successAngleRad` is stated) or with a composed reward, for a robot with kinematics. Targets are positions
 * and orientations of the tip in other poses of the arm. Distance: that of the tip, m, plus angleWeightMPerRad times the angle between the
 * orientations. Reached: within successRadiusM and successAngleRad. Memory: the target's x, y, z and its rotation, row by row.
 */
export function createGoalReach(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS);
  return goalTask(robot, settings, {
    goal: reachGoal(robot, parameters, 'successAngleRad' in settings.parameters),
    parameters,
    weights: WEIGHTS,
  });
}

function reachGoal(robot: RobotSpec, parameters: TaskParameters<typeof PARAMETERS>, oriented: boolean): Goal {
  const { successRadiusM, successAngleRad } = parameters;
  const angleWeightMPerRad = oriented ? parameters.angleWeightMPerRad : 0;
  const kinematics = forwardKinematics(robot);
  const volume = reachVolume(robot, parameters);
  const poseAt = (joints: ArrayLike<number>): Float64Array =>
    Float64Array.of(...kinematics.tip(joints), ...kinematics.rotation(joints));
  const toTarget = (joints: ArrayLike<number>, target: Float64Array): number[] =>
    Array.from(kinematics.tip(joints), (value, k) => target[k]! - value);
  /** Empty without an orientation. */
  const turn = (joints: ArrayLike<number>, target: Float64Array): readonly number[] =>
    oriented ? rotationVectorOf(times(rotationOf(target), transposed(kinematics.rotation(joints)))) : [];
  const distance = (joints: ArrayLike<number>, target: Float64Array): number =>
    Math.hypot(...toTarget(joints, target)) + angleWeightMPerRad * Math.hypot(...turn(joints, target));
  /** How much closer the tip comes with each joint, per rad or m. */
  const pull = (joints: Float64Array, target: Float64Array): number[] =>
    Array.from(joints, (_, i) => {
      const moved = (by: number): Float64Array => joints.map((value, k) => (k === i ? value + by : value));
      return (distance(moved(-STEP), target) - distance(moved(STEP), target)) / (2 * STEP);
    });
  const axes = ['X', 'Y', 'Z'];
  return {
    names: [
      ...axes.map((axis) => `tipToTarget${axis}`),
      ...(oriented ? axes.map((axis) => `turnToTarget${axis}`) : []),
      ...robot.joints.map(({ name }) => `pull(${name})`),
    ],
    observe: ({ positions }, target) => [
      ...toTarget(positions, target),
      ...turn(positions, target),
      ...pull(positions, target),
    ],
    distance: ({ positions }, target) => distance(positions, target),
    tolerance: successRadiusM + angleWeightMPerRad * successAngleRad,
    reached: ({ positions }, target) =>
      Math.hypot(...toTarget(positions, target)) <= successRadiusM &&
      Math.hypot(...turn(positions, target)) <= successAngleRad,
    sampleMemory: (random) => poseAt(volume.pose(random)),
    // A file of initial states states no target: the pose with every joint in the middle of its range.
    begin: (given) => (given?.length === 12 ? given : poseAt(volume.middle)),
  };
}

function rotationOf(target: Float64Array): Matrix3 {
  return Array.from(target.subarray(3, 12)) as unknown as Matrix3;
}
