export type * from './config.ts';
export { loadConfig, type LoadOptions } from './load.ts';
export { listPresets, listRobots, listTasks, placesIn, shippedPlaces, type ConfigPlaces } from './places.ts';
