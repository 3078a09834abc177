export { startKeeper, type Keeper, type StartKeeperOptions } from './watchdog.ts';
