export { importUrdf } from './import-urdf.ts';
export { readUrdf } from './read-urdf.ts';
export { servoNode, urdfModel } from './urdf-model.ts';
export type { UrdfRobot, UrdfShape } from './urdf-robot.ts';
