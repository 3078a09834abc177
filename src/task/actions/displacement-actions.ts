import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { JointMap } from './linear-actions.ts';

/**
 * Every joint moves by `displacement * action` (rad or m) in one control period, whatever its commandMode: a velocity for that
 * long, a position target that far from the present one, or (closed-form worlds that take displacements as efforts) the number itself.
 */
export function displacementActions(robot: RobotSpec, displacement: number): JointMap[] {
  return robot.joints.map((joint) => {
    switch (joint.commandMode) {
      case 'velocity':
        return { joint: joint.name, offset: 0, scale: displacement / robot.controlPeriodS };
      case 'position':
        return { joint: joint.name, offset: 'present-position', scale: displacement };
      case 'effort':
        return { joint: joint.name, offset: 0, scale: displacement };
    }
  });
}
