export { holdStatus, releaseHold, stopHold, type HoldStatus } from './hold-client.ts';
export { startWatchdog, type WatchdogProcess } from './watchdog.ts';
