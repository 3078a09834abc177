import type { LatenessSummary } from '../../control/index.ts';
import type { StoppedEvent } from '../run-events.ts';
import type { StickyFault } from '../sticky-faults/index.ts';

/** One motor, as received last. */
export interface ServoStatus {
  readonly joint: string;
  /** Replies that did not arrive since the connection was opened; null: its driver does not count them for each motor. */
  readonly lost: number | null;
  /** null: not known yet, as the other two. */
  readonly temperatureC: number | null;
  readonly supplyV: number | null;
  /** Fraction of the motor's maximum, -1 to 1. */
  readonly load: number | null;
  /** Factor on its velocity and acceleration limits: 1, less for a hot motor. */
  readonly derating: number;
}

/** Readings of a robot that did not arrive, since the connection was opened. */
export interface ReadingLosses {
  /** Replies of servos, readings of a board, damaged messages. */
  readonly lost: number;
  /** How often readings stayed away for longer than the age limit. */
  readonly pauses: number;
}

/** The state of a daemon: what `softqd status --json` prints. */
export interface DaemonStatus {
  readonly robot: string;
  readonly id: string | null;
  readonly pid: number;
  /** The driver URL; null: the embedded simulator. */
  readonly driver: string | null;
  /** `connecting`, `arming`, `parking`, `reconnecting`, `stopped`, or the state of the guard while it runs. */
  readonly state: string;
  /** Why it stopped or is faulted; null: no fault. */
  readonly reason: string | null;
  readonly loop: {
    readonly rateHz: number;
    readonly ticks: number;
    readonly skipped: number;
    readonly latenessUs: LatenessSummary;
  };
  readonly servos: readonly ServoStatus[];
  /** null: not connected. */
  readonly readings: ReadingLosses | null;
  /** Joints whose effort the robot file limits and the driver cannot; known once the robot was armed. */
  readonly effortNotLimited: readonly string[];
  /** The run directory. */
  readonly run: string;
  readonly policy: { readonly version: number; readonly sha256: string | null };
  /** null: the run does not learn. */
  readonly learner: { readonly pid: number | null; readonly updates: number } | null;
  /** The last stop; null: none yet. */
  readonly stop: StoppedEvent | null;
  /** The fault that was kept; null: none. */
  readonly fault: StickyFault | null;
}

/** What other processes may ask of a daemon. */
export interface DaemonControl {
  readonly robot: string;
  readonly id: string | null;
  status(): DaemonStatus;
  /** Requests a stop; resolves when the joints have their stop modes, with null where none was armed. */
  stop(kind: 'park' | 'stop'): Promise<StoppedEvent | null>;
  /** Clears the kept fault and returns it; null: there was none. */
  clearFault(): StickyFault | null;
}

/** Whether the robot is controlled as it should be. */
export function isHealthy({ reason, fault, stop }: Pick<DaemonStatus, 'reason' | 'fault' | 'stop'>): boolean {
  return reason === null && fault === null && stop?.confirmed !== false;
}
