import type { RobotSpec } from '../../robot/robot-spec.ts';
import { effortAction } from './effort-actions.ts';
import { incrementalPositionAction, type IncrementalActionOptions } from './incremental-position-actions.ts';
import type { JointActionMap } from './linear-actions.ts';

/**
 * Actions by each joint's commandMode. position: an incremental target; velocity: a speed up to the smaller of `speedRadOrMPerS` and the
 * joint's limit; effort: up to the joint's limit. Throws E_ROBOT_FILE for an effort joint without a limit.
 */
export function jointActions(robot: RobotSpec, options: IncrementalActionOptions): JointActionMap[] {
  return robot.joints.map((joint, i) => {
    const speedRadOrMPerS = Math.min(options.speedRadOrMPerS, joint.limits.maxVelocityRadOrMPerS ?? Infinity);
    switch (joint.commandMode) {
      case 'position':
        return incrementalPositionAction(robot, i, { ...options, speedRadOrMPerS });
      case 'velocity':
        return { joint: joint.name, offset: 0, scale: speedRadOrMPerS };
      case 'effort':
        return effortAction(joint);
    }
  });
}
