import { SoftqdError } from '../../base/errors.ts';
import type { JointSpec } from '../../robot/robot-spec.ts';
import type { JointActionMap } from './linear-actions.ts';

/** velocity = maxVelocity * action, from the robot file unless the task defines its own. Throws E_ROBOT_FILE without either. */
export function velocityAction(
  joint: JointSpec,
  maxVelocityRadOrMPerS = joint.limits.maxVelocityRadOrMPerS,
): JointActionMap {
  if (maxVelocityRadOrMPerS === undefined) {
    throw new SoftqdError('E_ROBOT_FILE', `joint ${joint.name}: velocity actions need maxVelocityRadOrMPerS`, {
      values: { joint: joint.name, limit: 'maxVelocityRadOrMPerS' },
    });
  }
  return { joint: joint.name, offset: 0, scale: maxVelocityRadOrMPerS };
}
