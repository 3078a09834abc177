import type { CommonOptions } from '../../cli/index.ts';
import type { StoredRun } from '../../runs/index.ts';
import type { SerialPortInfo } from '../../serial/index.ts';
import type { CalibratedRobot } from '../../servo/index.ts';

export interface OverviewOptions extends CommonOptions {
  /** How softqd is called here. */
  readonly program: string;
  /** The value of --data. */
  readonly data: string | undefined;
}

/** A robot that a daemon controls. */
interface RunningRobot {
  readonly robot: string;
  readonly id: string | null;
  readonly pid: number;
}

/** What there is on this machine. */
export interface MachineOverview {
  /** Serial ports; none of them was opened. */
  readonly ports: readonly SerialPortInfo[];
  readonly running: readonly RunningRobot[];
  readonly calibrated: readonly CalibratedRobot[];
  /** The newest runs, newest first. */
  readonly runs: readonly StoredRun[];
  /** How many runs there are. */
  readonly runsTotal: number;
  /** Robots that come with softqd. */
  readonly robots: readonly string[];
  /** The servo protocol of each calibrated robot that comes with softqd and has servos. */
  readonly servoProtocols: Readonly<Record<string, string>>;
}

/** A command to type next. */
export interface NextCommand {
  readonly command: string;
  readonly what: string;
}

export interface OverviewResult extends Omit<MachineOverview, 'robots' | 'servoProtocols'> {
  readonly next: readonly NextCommand[];
}
