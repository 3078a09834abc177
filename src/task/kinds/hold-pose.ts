import { SoftqdError } from '../../base/errors.ts';
import { jointRange } from '../../robot/joint-range.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { GOAL_PARAMETERS, goalTask } from '../goal/goal-task.ts';
import { sumOfSquares } from '../mathematics.ts';
import type { Task } from '../port.ts';
import { readParameters, type TaskSettings } from '../settings.ts';

const PARAMETERS = {
  ...GOAL_PARAMETERS,
  toleranceRadOrM: { default: 0.05, min: 1e-6, max: 10 },
} as const;
const POSITIONS = 'positionsRadOrM';
const WEIGHTS = { progress: 20, nearness: 1, effort: -0.1 };

/**
 * Bring every joint to a pose and hold it, for any robot. `positionsRadOrM: { JOINT: position }`; a joint that is not named goes to the
 * middle of its range, without a range to 0. Distance: root of the mean squared error of the joints.
 */
export function createHoldPose(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS, [POSITIONS]);
  const pose = readPose(robot, settings);
  const errors = (positions: Float64Array): Float64Array => pose.map((goal, i) => goal - positions[i]!);
  const goal = {
    names: robot.joints.map(({ name }) => `error(${name})`),
    observe: ({ positions }: { readonly positions: Float64Array }) => errors(positions),
    distance: ({ positions }: { readonly positions: Float64Array }) =>
      Math.sqrt(sumOfSquares(errors(positions)) / pose.length),
    tolerance: parameters.toleranceRadOrM,
  };
  return goalTask(robot, settings, { goal, parameters, weights: WEIGHTS });
}

function readPose(robot: RobotSpec, { name: task, parameters }: TaskSettings): Float64Array {
  const stated = parameters[POSITIONS] ?? {};
  const joints = robot.joints.map(({ name }) => name);
  const reject = (key: string, problem: string): SoftqdError =>
    new SoftqdError('E_CONFIG_VALUE', `task ${task}: ${key} ${problem}`, { values: { task, key, joints } });
  if (typeof stated !== 'object' || Array.isArray(stated)) throw reject(POSITIONS, 'must be { JOINT: position }');
  for (const [joint, position] of Object.entries(stated) as [string, unknown][]) {
    if (!joints.includes(joint)) throw reject(`${POSITIONS}.${joint}`, `is no joint; joints: ${joints.join(', ')}`);
    if (typeof position !== 'number') throw reject(`${POSITIONS}.${joint}`, 'must be a number');
  }
  return Float64Array.from(robot.joints, (joint) => {
    const range = jointRange(joint);
    const position = (stated as Readonly<Record<string, number>>)[joint.name];
    if (position === undefined) return range === null ? 0 : (range.min + range.max) / 2;
    if (
      range !== null &&
      joint.limits.minPositionRadOrM !== undefined &&
      !(position >= range.min && position <= range.max)
    )
      throw reject(`${POSITIONS}.${joint.name}`, `is ${position}, the joint's range is ${range.min} to ${range.max}`);
    return position;
  });
}
