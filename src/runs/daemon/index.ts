export { isHealthy, type DaemonControl, type DaemonStatus, type ServoStatus } from './daemon-status.ts';
