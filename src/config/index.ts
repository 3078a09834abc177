export type * from './config.ts';
export { checkConfigFile, type CheckedProblem } from './check.ts';
export { loadConfig, type LoadOptions } from './load.ts';
export { listPresets, listRobots, listTasks, placesIn, shippedPlaces, type ConfigPlaces } from './config-paths.ts';
