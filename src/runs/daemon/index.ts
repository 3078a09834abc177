export {
  isHealthy,
  type DaemonControl,
  type DaemonStatus,
  type ReadingLosses,
  type ServoStatus,
} from './daemon-status.ts';
