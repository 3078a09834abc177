import { SoftqdError } from '../../base/errors.ts';
import { quantizeAction, type Command } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import { sumOfSquares } from '../mathematics.ts';
import type { TaskMemory } from '../port.ts';
import type { ActionMap } from './action-map.ts';

/** The offset of a joint, from reading and memory. */
type OffsetFrom = (reading: Reading, memory: TaskMemory) => number;

/** The target of one joint: offset + scale * action. */
export interface JointActionMap {
  readonly joint: string;
  /** Unit of the target per 1 of action; positive and finite. */
  readonly scale: number;
  /** A constant, the joint's position in the reading, or a function of reading and memory. */
  readonly offset: number | 'present-position' | OffsetFrom;
}

/** One linear map a joint, in command order. Throws E_ROBOT_FILE when a scale is not a positive number. */
export function linearActions(joints: readonly JointActionMap[]): ActionMap {
  for (const { joint, scale, offset } of joints) {
    if (!(scale > 0 && scale < Infinity) || (typeof offset === 'number' && !Number.isFinite(offset))) {
      throw new SoftqdError('E_ROBOT_FILE', `joint ${joint}: the limits give no range for its actions`, {
        values: { joint, scale },
      });
    }
  }
  return {
    toCommand(action: Float32Array, reading: Reading, memory: TaskMemory): Command {
      const targets = new Float64Array(joints.length);
      for (let i = 0; i < joints.length; i++)
        targets[i] = offsetOf(joints, i, { reading, memory }) + joints[i]!.scale * (action[i] ?? NaN);
      return { targets };
    },
    toAction(targets: Float64Array, reading: Reading, memory: TaskMemory): Float32Array {
      const action = new Float32Array(joints.length);
      for (let i = 0; i < joints.length; i++) {
        const raw = ((targets[i] ?? NaN) - offsetOf(joints, i, { reading, memory })) / joints[i]!.scale;
        action[i] = quantizeAction(Math.max(-1, Math.min(1, raw)));
      }
      return action;
    },
  };
}

/** Σ action² of commanded targets around 0, over the limits of their joints; not clipped. */
export function squaredAction(targets: Float64Array, joints: readonly JointActionMap[]): number {
  return sumOfSquares(targets.map((target, i) => target / joints[i]!.scale));
}

function offsetOf(
  joints: readonly JointActionMap[],
  index: number,
  { reading, memory }: { readonly reading: Reading; readonly memory: TaskMemory },
): number {
  const { offset } = joints[index]!;
  if (typeof offset === 'function') return offset(reading, memory);
  return offset === 'present-position' ? (reading.positions[index] ?? NaN) : offset;
}
