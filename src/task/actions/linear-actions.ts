import { SoftqdError } from '../../base/errors.ts';
import { quantizeAction, type Command } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { ActionMap } from './action-map.ts';

/** How one joint's target follows from its action: target = offset + scale * action, where `reading` may supply the offset. */
export interface JointMap {
  readonly joint: string;
  /** Unit of the target per 1 of action; positive and finite. */
  readonly scale: number;
  /** A constant, or the joint's position in the reading at hand. */
  readonly offset: number | 'present-position';
  /** Targets of actions within [-1, 1] never leave this range, not even by a rounding error. */
  readonly min?: number;
  readonly max?: number;
}

/** One linear map a joint, in command order. Throws E_ROBOT_FILE when a scale is not a positive number. */
export function linearActions(joints: readonly JointMap[]): ActionMap {
  for (const { joint, scale, offset } of joints) {
    if (!(scale > 0 && scale < Infinity) || (offset !== 'present-position' && !Number.isFinite(offset))) {
      throw new SoftqdError('E_ROBOT_FILE', `joint ${joint}: the limits give no range for its actions`, {
        values: { joint, scale },
      });
    }
  }
  return {
    toCommand(action: Float32Array, reading: Reading): Command {
      const targets = new Float64Array(joints.length);
      for (let i = 0; i < joints.length; i++)
        targets[i] = target(joints[i]!, action[i] ?? NaN, offsetOf(joints, i, reading));
      return { targets };
    },
    toAction(targets: Float64Array, reading: Reading): Float32Array {
      const action = new Float32Array(joints.length);
      for (let i = 0; i < joints.length; i++) {
        const raw = ((targets[i] ?? NaN) - offsetOf(joints, i, reading)) / joints[i]!.scale;
        action[i] = quantizeAction(Math.max(-1, Math.min(1, raw)));
      }
      return action;
    },
  };
}

function offsetOf(joints: readonly JointMap[], index: number, reading: Reading): number {
  const { offset } = joints[index]!;
  return offset === 'present-position' ? (reading.positions[index] ?? NaN) : offset;
}

function target(joint: JointMap, action: number, offset: number): number {
  const value = offset + joint.scale * action;
  if (!(Math.abs(action) <= 1)) return value;
  if (joint.max !== undefined && value > joint.max) return joint.max;
  if (joint.min !== undefined && value < joint.min) return joint.min;
  return value;
}
