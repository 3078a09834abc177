import type { Observable } from 'rxjs';
import type { Applied } from '../robot/command.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { StopPlan, StopReport } from '../robot/stop-plan.ts';
import type { SafeCommand } from '../safety/port.ts';
import type { DriverEvent } from './driver-event.ts';

export type { SafeCommand } from '../safety/port.ts';
export { throwOnFault, type DriverEvent } from './driver-event.ts';

/** One physical or simulated robot. A connection has one owner. */
export interface Driver {
  readonly spec: RobotSpec;
  /** Hot. Emits readings and faults; errors with a SoftqdError only when the connection is lost permanently; completes on close. */
  readonly readings$: Observable<DriverEvent>;
  /** Joints whose effort the robot file limits and this driver cannot; known once the robot was armed. Absent: none. */
  readonly effortNotLimited?: readonly string[];
  /** How often readings stayed away for longer than the age limit. Absent: not counted. */
  readonly readingPauses?: number;
  /**
   * Called at the start of each tick. Returns the time at which its reading is expected, possibly in the past, or null when there is none
   * to wait for. Drivers whose readings are not synchronized with ticks do not define it.
   */
  scheduleReading?(tickNs: number): number | null;
  /**
   * Sends the command and returns the targets that were actually sent. Never blocks; emits nothing on readings$ before it returns. Throws
   * the error of a lost connection, or that the driver is closed.
   */
  apply(command: SafeCommand): Applied;
  /** Rejects with the error of a lost connection, or that the driver is closed. */
  arm(): Promise<void>;
  /**
   * Puts every joint in the stop mode of the plan, at once and without deceleration. Works after any error, also during `arm`; never
   * rejects. Reports which joints confirmed; a failure of one does not keep the others from being stopped.
   */
  disarm(plan: StopPlan, reason: string): Promise<StopReport>;
  /**
   * Ends a stop that the robot itself keeps until a person has removed its cause (`softqd clear-fault`); it stays disarmed. Resolves when
   * there is none. Rejects when the robot is armed, does not respond or is lost. Robots that keep no stop do not define it.
   */
  clearFault?(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts an episode: sets the state of the simulator, or waits for the next reading of hardware. Resolves with the first reading of the
 * episode, which readings$ does not repeat; rejects with E_TIMEOUT when `signal` aborts.
 */
export interface Resetter {
  reset(state: ResetState, signal?: AbortSignal): Promise<Reading>;
}

/** Saves and restores the world of a simulator, for checkpoints. */
export interface WorldSnapshots {
  save(): Promise<Uint8Array>;
  /** Resolves with the reading that was current when the state was saved. */
  load(state: Uint8Array): Promise<Reading>;
}
