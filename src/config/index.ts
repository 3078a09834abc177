export type * from './config.ts';
export { armingWarnings, checkConfigFile, isRobotFilePath, type CheckedProblem } from './check.ts';
export { loadConfig, type LoadOptions } from './load.ts';
export { listPresets, listRobots, listTasks, pathsIn, builtInPaths, type ConfigPaths } from './config-paths.ts';
export { readRobotFile } from './robot-file.ts';
export { parseRunFile, runFilePath, type RunFile } from './run-file.ts';
export { runIdentity, type RunParameters } from './run-identity.ts';
