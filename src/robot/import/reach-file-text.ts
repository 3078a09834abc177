import { XoshiroRandom } from '../../base/random.ts';
import { forwardKinematics } from '../forward-kinematics.ts';
import { jointRange } from '../joint-range.ts';
import type { RobotSpec } from '../robot-spec.ts';
import { json5Comment, json5Text } from './json5-text.ts';

/** The reach task draws poses from this inner part of every joint's range. */
const RANGE_FRACTION = 0.6;
const SAMPLES = 2000;
/** Poses that a condition leaves, at least. */
const MIN_SHARE = 0.05;
/** Of so101: fits an arm of 0.45 m; the success radius of a longer one grows with it. */
const SMALLEST_RADIUS_M = 0.03;
const RADIUS_OF_LENGTH = 0.05;
const MIN_HEIGHT_M = 0.05;
const NO_HEIGHT_M = -10;
const MIN_DISTANCE_M = 0.1;
const SPEED_RAD_PER_S = 1.5;
const SPEED_OF_LIMIT = 0.9;
const LEAD_RAD = 0.15;

/**
 * tasks/reach.json5 for an arm with kinematics: speeds and sizes that fit it, learning settings of so101. Null when the arm cannot have the
 * task: no tip, a slide without range, or a joint that takes no positions.
 */
export function reachFileText(robot: RobotSpec): string | null {
  if (robot.kinematics === undefined || robot.joints.some(({ commandMode }) => commandMode !== 'position')) return null;
  if (robot.joints.some((joint) => jointRange(joint) === null)) return null;
  const { lengthM, minHeightM, minRadiusM } = volumeOf(robot);
  const successRadiusM = Math.max(SMALLEST_RADIUS_M, Math.round(100 * RADIUS_OF_LENGTH * lengthM) / 100);
  const task = {
    kind: 'reach',
    title: 'Bring the tip to the target and hold it there',
    discount: 0.8,
    horizon: 200,
    parameters: {
      successRadiusM,
      successHoldS: 0.5,
      ...speedOf(robot),
      rangeFraction: RANGE_FRACTION,
      minHeightM,
      minRadiusM,
    },
    learner: { warmupSteps: 500, learningStartsSteps: 500 },
  };
  return [
    json5Comment(
      'The tip moves to a target sampled for each episode. Success: within successRadiusM for successHoldS.',
    ),
    json5Comment(
      `The radius is 5 % of the arm's length (${lengthM.toFixed(2)} m), 3 cm at least. Learning settings are those of so101.`,
    ),
    json5Comment(
      minHeightM === MIN_HEIGHT_M
        ? 'Targets are above the plane on which the base stands.'
        : 'Targets are at any height.',
    ),
    `${json5Text(task)}\n`,
  ].join('\n');
}

function speedOf({ joints }: RobotSpec): { readonly maxSpeedRadOrMPerS: number; readonly maxLeadRadOrM: number } {
  const turning = joints.filter(({ kind }) => kind === 'revolute');
  const slowest = Math.min(
    ...(turning.length > 0 ? turning : joints).map(({ limits }) => limits.maxVelocityRadOrMPerS ?? Infinity),
  );
  const speed = Math.min(SPEED_RAD_PER_S, SPEED_OF_LIMIT * slowest);
  const maxSpeedRadOrMPerS = Math.max(1e-3, Number(speed.toPrecision(2)));
  // The lead of a slower joint is shorter: it covers the same time.
  return {
    maxSpeedRadOrMPerS,
    maxLeadRadOrM: Number(((LEAD_RAD * maxSpeedRadOrMPerS) / SPEED_RAD_PER_S).toPrecision(2)),
  };
}

/** The length of an arm, and the conditions of targets that at least a part of its poses fulfills. */
function volumeOf(robot: RobotSpec): {
  readonly lengthM: number;
  readonly minHeightM: number;
  readonly minRadiusM: number;
} {
  const kinematics = forwardKinematics(robot);
  const random = new XoshiroRandom(1);
  const ranges = robot.joints.map((joint) => jointRange(joint)!);
  const poses = Array.from({ length: SAMPLES }, () => {
    const positions = ranges.map(
      ({ min, max }) => (min + max) / 2 + RANGE_FRACTION * (max - min) * (random.uniform() - 0.5),
    );
    const points = kinematics.points(positions);
    const tip = points.length - 3;
    const [x, y, z] = [0, 1, 2].map((k) => points[tip + k]! - points[k]!);
    const lowest = Math.min(...points.filter((_, i) => i >= 3 && i % 3 === 2));
    return { lengthM: Math.hypot(x!, y!, z!), radiusM: Math.hypot(x!, y!), lowest };
  });
  const share = (holds: (pose: (typeof poses)[number]) => boolean): number => poses.filter(holds).length / SAMPLES;
  const lengthM = Math.max(...poses.map((pose) => pose.lengthM));
  const wanted = Math.min(MIN_DISTANCE_M, Number((lengthM / 4).toPrecision(2)));
  const minRadiusM = share(({ radiusM }) => radiusM >= wanted) >= MIN_SHARE ? wanted : 0;
  const above = share(({ radiusM, lowest }) => radiusM >= minRadiusM && lowest >= MIN_HEIGHT_M);
  return { lengthM, minRadiusM, minHeightM: above >= MIN_SHARE ? MIN_HEIGHT_M : NO_HEIGHT_M };
}
