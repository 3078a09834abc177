import type { Evidence } from './evidence.ts';
import type { RobotFolder } from './robot-folder.ts';

/** The device of a cell: what the daemon drives, and what reports the truth about it. */
export interface Device {
  /** Of `softqd run --driver`. */
  readonly driverUrl: string;
  /** The fault of one servo, or the next best where there are no servos. CLOCK_MONOTONIC, ns; null: it is scheduled, see Evidence. */
  servoFault(): number | null;
  /** The connection is gone; as `servoFault`. */
  unplug(): number | null;
  /** Ends the device. Its evidence is complete afterwards. */
  stop(): Promise<Evidence>;
}

export interface DeviceOptions {
  readonly folder: RobotFolder;
  /** Of the cell. */
  readonly directory: string;
  /** Faults of virtual servos and boards, which happen at a set time; null: none. */
  readonly faults: string | null;
  /** SCHED_FIFO priority of a virtual device: real servos do not wait for a processor. Absent: normal scheduling. */
  readonly realTimePriority?: number;
}

export type StartDevice = (options: DeviceOptions) => Promise<Device>;

/** CLOCK_MONOTONIC, ns, as in the ground truth. */
export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}
