import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { JointActionMap } from './linear-actions.ts';

export type DeltaMap = JointActionMap & { readonly offset: number | 'present-position' };

/**
 * Every joint moves by `displacement * action` (rad or m) in one control period: as a velocity during the period, or as a
 * position target at that distance from the present one. Throws E_ROBOT_FILE for an effort joint, whose displacement is unknown.
 */
export function deltaActions(robot: RobotSpec, displacement: number): DeltaMap[] {
  return robot.joints.map((joint) => {
    switch (joint.commandMode) {
      case 'velocity':
        return { joint: joint.name, offset: 0, scale: displacement / robot.controlPeriodS };
      case 'position':
        return { joint: joint.name, offset: 'present-position', scale: displacement };
      case 'effort':
        throw new SoftqdError(
          'E_ROBOT_FILE',
          `joint ${joint.name}: displacements need commandMode velocity or position`,
          {
            values: { joint: joint.name },
          },
        );
    }
  });
}
