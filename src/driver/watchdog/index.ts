export { startWatchdog, type WatchdogProcess, type WatchdogOptions } from './watchdog.ts';
