import { SoftqdError } from '../../base/errors.ts';
import type { JointSpec } from '../../robot/robot-spec.ts';
import type { JointActionMap } from './linear-actions.ts';

/** -1 is the joint's lower position limit, +1 its upper one. Throws E_ROBOT_FILE when either is missing. */
export function positionAction(joint: JointSpec): JointActionMap {
  const { minPositionRadOrM: min, maxPositionRadOrM: max } = joint.limits;
  if (min === undefined || max === undefined) {
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `joint ${joint.name}: position actions need minPositionRadOrM and maxPositionRadOrM`,
      { values: { joint: joint.name } },
    );
  }
  return { joint: joint.name, offset: (min + max) / 2, scale: (max - min) / 2, min, max };
}
