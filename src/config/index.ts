export type * from './config.ts';
export { checkConfigFile, type CheckedProblem } from './check.ts';
export { loadConfig, type LoadOptions } from './load.ts';
export { listPresets, listRobots, listTasks, pathsIn, builtInPaths, type ConfigPaths } from './config-paths.ts';
export { parseRunFile, runFilePath, type RunFile } from './run-file.ts';
export { runIdentity, type RunParameters } from './run-identity.ts';
