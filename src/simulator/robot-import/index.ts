export { importRobotFile } from './import-robot-file.ts';
export type { RobotImport } from './types.ts';
