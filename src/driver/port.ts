import type { Observable } from 'rxjs';
import type { Applied } from '../robot/command.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { SafeCommand } from '../safety/port.ts';
import type { DriverEvent } from './driver-event.ts';

export type { SafeCommand } from '../safety/port.ts';
export { throwOnFault, type DriverEvent } from './driver-event.ts';

/** One physical (or simulated) robot. One owner a connection. */
export interface Driver {
  readonly spec: RobotSpec;
  /** Hot. Emits readings and faults; errors with a SoftqdError only when the connection is lost permanently; completes on close. */
  readonly readings$: Observable<DriverEvent>;
  /**
   * The line's tick of this time begins. Returns when the reading for it is expected, perhaps in the past, or null when there is none to
   * wait for. Bodies whose readings come at a pace of their own leave it out.
   */
  scheduleReading?(tickNs: number): number | null;
  /** Sends and returns what was really sent; never blocks, and never emits readings$ before it has returned. Throws why the robot is gone, or that it is closed. */
  apply(command: SafeCommand): Applied;
  /** Rejects with why the robot is gone, or that it is closed. */
  arm(): Promise<void>;
  /** Works when everything else is broken, also in the middle of `arm`; never rejects. */
  disarm(reason: string): Promise<void>;
  close(): Promise<void>;
}

/** How an episode begins again: simulator state, scripted pose, wait for a person. Resolves with the first reading of the episode, which readings$ does not repeat; rejects with E_TIMEOUT when `signal` aborts. */
export interface Resetter {
  reset(state: ResetState, signal?: AbortSignal): Promise<Reading>;
}

/** A world that can be put away and taken up again, for checkpoints; only simulators can. */
export interface WorldSnapshots {
  save(): Promise<Uint8Array>;
  /** Resolves with the reading that was current when the state was saved. */
  load(state: Uint8Array): Promise<Reading>;
}
