export { startWatchdog, type WatchdogProcess } from './watchdog.ts';
