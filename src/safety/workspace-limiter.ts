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
 * after braking from it. Where that is outside, the command is cut back toward the braking one, all joints by the same part, so that
 * velocities and accelerations stay within their limits; the pose after braking was checked with the command before. A robot that is
 * outside already may move only where no part comes to rest deeper. null: the wanted command is allowed.
 */
export function keepInWorkspace(check: WorkspaceCheck, step: WorkspaceStep): readonly LimitedTarget[] | null {
  const { wanted, braking, restPosition } = step;
  const depthsOf = (all: readonly LimitedTarget[]): readonly number[] =>
    check.depthsM(all.map(({ memory }, i) => restPosition(i, memory)));
  const wantedDepths = depthsOf(wanted);
  if (isInside(wantedDepths)) return null;
  const brakingDepths = depthsOf(braking);
  if (!isInside(brakingDepths)) return getsNoDeeper(brakingDepths, wantedDepths) ? null : braking;
  let allowed = braking;
  let low = 0;
  let high = 1;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    const between = braking.map((from, k) => blend(from, wanted[k]!, middle));
    if (isInside(depthsOf(between))) {
      low = middle;
      allowed = between;
    } else high = middle;
  }
  return allowed;
}

function isInside(depths: readonly number[]): boolean {
  return depths.every((depth) => depth === 0);
}

function getsNoDeeper(before: readonly number[], after: readonly number[]): boolean {
  return after.every((depth, i) => depth <= before[i]! + ROUNDING_M);
}

function blend(from: LimitedTarget, to: LimitedTarget, part: number): LimitedTarget {
  const mix = (a: number, b: number): number => a + part * (b - a) + 0;
  const target = mix(from.target, to.target);
  const velocity = mix(from.memory.velocity, to.memory.velocity);
  return { target, mask: to.mask, memory: { previous: target, velocity, requested: to.memory.requested } };
}
