import type { WorkspaceCheck } from '../robot/workspace.ts';
import type { JointMemory, LimitedTarget } from './joint-limiter.ts';

/** Halvings of the way between braking and the wanted command. */
const BISECTIONS = 4;
/** A motion beside a part in contact changes its depth by rounding, m. */
const ROUNDING_M = 1e-6;

export interface WorkspaceStep {
  /** Within the joint limits, of each joint. */
  readonly wanted: readonly LimitedTarget[];
  /** The same joints braking. */
  readonly braking: readonly LimitedTarget[];
  /** Where joint i comes to rest when it brakes from the command of this memory. */
  readonly restPosition: (index: number, memory: JointMemory) => number;
}

/**
 * Keeps a robot where it can come to rest inside its workspace. Before a command leaves, the pose is checked in which all joints rest
 * after braking from it. Where that is outside, the command is cut back toward the braking one, all joints by the same part; then each
 * joint whose whole motion is allowed beside those gets it, so that an arm in contact can slide along and leave. Both commands are within
 * the limits of velocity and acceleration, and so is what is between; the pose after braking was checked with the command before. A robot
 * that is outside already may move only where no part comes to rest deeper. null: the wanted command is allowed.
 */
export function keepInWorkspace(check: WorkspaceCheck, step: WorkspaceStep): readonly LimitedTarget[] | null {
  const { wanted, braking, restPosition } = step;
  const depthsOf = (all: readonly LimitedTarget[]): readonly number[] =>
    check.depthsM(all.map(({ memory }, i) => restPosition(i, memory)));
  const wantedDepths = depthsOf(wanted);
  if (isInside(wantedDepths)) return null;
  const brakingDepths = depthsOf(braking);
  const isAllowed = isInside(brakingDepths)
    ? isInside
    : (depths: readonly number[]) => getsNoDeeper(brakingDepths, depths);
  if (isAllowed(wantedDepths)) return null;
  const fits = (all: readonly LimitedTarget[]): boolean => isAllowed(depthsOf(all));
  const isOnTheWay = (all: readonly LimitedTarget[]): boolean =>
    isAllowed(check.depthsM(all.map(({ target }) => target)));
  return wholeJoints(cutBack(braking, wanted, fits), wanted, (all) => fits(all) && isOnTheWay(all));
}

type Fits = (all: readonly LimitedTarget[]) => boolean;

/** The command between `braking` and `wanted` that is nearest to the latter, by bisection. */
function cutBack(
  braking: readonly LimitedTarget[],
  wanted: readonly LimitedTarget[],
  fits: Fits,
): readonly LimitedTarget[] {
  let allowed = braking;
  let low = 0;
  let high = 1;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    const between = braking.map((from, k) => blend(from, wanted[k]!, middle));
    if (fits(between)) {
      low = middle;
      allowed = between;
    } else high = middle;
  }
  return allowed;
}

/** `allowed`, but as wanted for each joint, in their order, with which the command still fits. */
function wholeJoints(
  allowed: readonly LimitedTarget[],
  wanted: readonly LimitedTarget[],
  fits: Fits,
): readonly LimitedTarget[] {
  return wanted.reduce((chosen, target, i) => {
    const candidate = chosen.with(i, target);
    return fits(candidate) ? candidate : chosen;
  }, allowed);
}

function isInside(depths: readonly number[]): boolean {
  return depths.every((depth) => depth === 0);
}

function getsNoDeeper(before: readonly number[], after: readonly number[]): boolean {
  return after.every((depth, i) => depth <= before[i]! + ROUNDING_M);
}

function blend(from: LimitedTarget, to: LimitedTarget, part: number): LimitedTarget {
  const mix = (a: number, b: number): number => a + part * (b - a);
  const target = mix(from.target, to.target);
  const velocity = mix(from.memory.velocity, to.memory.velocity);
  return { target, mask: to.mask, memory: { previous: target, velocity, requested: to.memory.requested } };
}
