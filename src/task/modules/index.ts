export type { Random } from '../../base/random.ts';
export type { Command } from '../../robot/command.ts';
export { forwardKinematics, type ForwardKinematics } from '../../robot/forward-kinematics.ts';
export type { Reading, ResetState } from '../../robot/reading.ts';
export type { JointSpec, RobotSpec, SensorSpec } from '../../robot/robot-spec.ts';
export { samplePose } from '../sample-pose.ts';
export {
  defineTask,
  type ActionOptions,
  type BehaviorStep,
  type TaskBehavior,
  type TaskContext,
  type TaskDefinition,
} from './define-task.ts';
