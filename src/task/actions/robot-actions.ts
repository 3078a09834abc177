import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { ActionMap } from './action-map.ts';
import { effortAction } from './effort-actions.ts';
import { linearActions } from './linear-actions.ts';
import { positionAction } from './position-actions.ts';
import { velocityAction } from './velocity-actions.ts';

/** Each joint by its own commandMode over the whole range that the robot file states. Throws E_ROBOT_FILE when it states none. */
export function robotActions(robot: RobotSpec): ActionMap {
  return linearActions(
    robot.joints.map((joint) => {
      switch (joint.commandMode) {
        case 'effort':
          return effortAction(joint);
        case 'velocity':
          return velocityAction(joint);
        case 'position':
          return positionAction(joint);
      }
    }),
  );
}
