export { chooseTip, type TreeLink } from './choose-tip.ts';
export { deriveWorkspace } from './derive-workspace.ts';
export { importModel, type ImportedModel } from './import-model.ts';
export type { ImportedRobot, SimulatedImport } from './imported-robot.ts';
export type { ModelActuator, ModelBody, ModelDescription, ModelJoint } from './model-description.ts';
export { modelFrames } from './model-frames.ts';
export { reachFileText } from './reach-file-text.ts';
export { servoGains, type JointLoad, type ServoGains } from './servo-gains.ts';
export { robotFileText, robotOfImport, type RobotFileNames } from './robot-file-text.ts';
