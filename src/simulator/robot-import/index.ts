export { importRobotFile, type RobotImportRequest } from './import-robot-file.ts';
export type { RobotImport } from './types.ts';
