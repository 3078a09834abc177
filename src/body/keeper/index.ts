export { startKeeper, type Keeper, type StartKeeperOptions } from './keeper.ts';
