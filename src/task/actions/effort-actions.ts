import { SoftqdError } from '../../base/errors.ts';
import type { JointSpec } from '../../robot/robot-spec.ts';
import type { JointActionMap } from './linear-actions.ts';

/** effort = maxEffort * action. `maxEffortNmOrN` of the robot file is used unless the task defines its own. Throws E_ROBOT_FILE without either, and for another commandMode. */
export function effortAction(joint: JointSpec, maxEffortNmOrN = joint.limits.maxEffortNmOrN): JointActionMap {
  if (joint.commandMode !== 'effort') {
    throw new SoftqdError('E_ROBOT_FILE', `joint ${joint.name}: effort actions require commandMode effort`, {
      values: { joint: joint.name, commandMode: joint.commandMode },
    });
  }
  if (maxEffortNmOrN === undefined) {
    throw new SoftqdError('E_ROBOT_FILE', `joint ${joint.name}: effort actions need maxEffortNmOrN`, {
      values: { joint: joint.name, limit: 'maxEffortNmOrN' },
    });
  }
  return { joint: joint.name, offset: 0, scale: maxEffortNmOrN };
}
