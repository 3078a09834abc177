import { SoftqdError } from '../../../base/errors.ts';
import { forwardKinematics } from '../../../robot/forward-kinematics.ts';
import type { Reading } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { GOAL_PARAMETERS, goalTask, type Goal } from '../../goal/goal-task.ts';
import type { Task } from '../../port.ts';
import { readParameters, type TaskSettings } from '../../settings.ts';
import { createPath, readPoints, type Path } from './path.ts';

const PARAMETERS = {
  ...GOAL_PARAMETERS,
  successHoldS: { ...GOAL_PARAMETERS.successHoldS, default: 2 },
  /** How long the path takes from beginning to end, s. */
  durationS: { default: 8, min: 0.01, max: 3600 },
  /** Whether the path returns to its first point and repeats. */
  closed: { default: true },
  toleranceRadOrM: { default: 0.03, min: 1e-6, max: 10 },
} as const;
const TIP_PATH = 'pathM';
const JOINT_PATH = 'jointPathRadOrM';
const WEIGHTS = { distance: -10, nearness: 1, effort: -0.05 };
/** The observation shows where the path is at this time ahead. */
const AHEAD_S = 0.2;

/**
 * Follow a point that moves along a path: `pathM` is a list of points [x, y, z] for the tip of a robot with kinematics, `jointPathRadOrM`
 * a list of poses (one value for each joint) for any robot. Distance: to the point of the path at this time. An episode begins anywhere
 * on a closed path, at the beginning of an open one. Memory: the time on the path, s.
 */
export function createTrack(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, PARAMETERS, [TIP_PATH, JOINT_PATH]);
  const { names, place, points } = trackedPoint(robot, settings);
  const path = createPath(points, parameters.closed);
  const goal = trackGoal({ names, place, path }, parameters, robot.controlPeriodS);
  return goalTask(robot, settings, { goal, parameters, weights: WEIGHTS });
}

interface TrackedPoint {
  readonly names: readonly string[];
  /** What follows the path. */
  readonly place: (reading: Reading) => Float64Array;
}

function trackGoal(
  { names, place, path }: TrackedPoint & { readonly path: Path },
  {
    durationS,
    closed,
    toleranceRadOrM,
  }: { readonly durationS: number; readonly closed: boolean; readonly toleranceRadOrM: number },
  controlPeriodS: number,
): Goal {
  const toPath = (reading: Reading, timeS: number): Float64Array => {
    const at = place(reading);
    return path.at(timeS / durationS).map((value, k) => value - at[k]!);
  };
  return {
    names: [...names.map((name) => `toPath(${name})`), ...names.map((name) => `toPathAhead(${name})`)],
    observe: (reading, [timeS]) => [...toPath(reading, timeS!), ...toPath(reading, timeS! + AHEAD_S)],
    distance: (reading, [timeS]) => Math.hypot(...toPath(reading, timeS!)),
    tolerance: toleranceRadOrM,
    sampleMemory: (random) => Float64Array.of(closed ? durationS * random.uniform() : 0),
    begin: (given) => Float64Array.of(given?.[0] ?? 0),
    advance: ([timeS]) => Float64Array.of(timeS! + controlPeriodS),
  };
}

/** Throws E_CONFIG_VALUE unless exactly one path is stated, E_ROBOT_FILE for a path of the tip of a robot without kinematics. */
function trackedPoint(robot: RobotSpec, settings: TaskSettings): TrackedPoint & { readonly points: Float64Array[] } {
  const { name, parameters } = settings;
  const stated = [TIP_PATH, JOINT_PATH].filter((key) => parameters[key] !== undefined);
  if (stated.length !== 1) {
    throw new SoftqdError('E_CONFIG_VALUE', `task ${name}: kind track needs one of ${TIP_PATH} and ${JOINT_PATH}`, {
      values: { task: name, stated },
    });
  }
  if (stated[0] === JOINT_PATH) {
    return {
      names: robot.joints.map((joint) => joint.name),
      place: ({ positions }) => positions,
      points: readPoints(settings, JOINT_PATH, robot.joints.length),
    };
  }
  const { tip } = forwardKinematics(robot);
  return {
    names: ['tipX', 'tipY', 'tipZ'],
    place: ({ positions }) => tip(positions),
    points: readPoints(settings, TIP_PATH, 3),
  };
}
