import type { CommonOptions } from '../../cli/index.ts';
import type { Finding } from '../../commissioning/index.ts';

export interface DoctorOptions extends CommonOptions {
  readonly robot: string | null;
  readonly task: string | null;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  /** The servo bus to check; null: none. */
  readonly driverUrl: string | null;
  /** Search for servos on every serial port that is not in use. */
  readonly scan: boolean;
}

export interface DoctorResult {
  readonly findings: readonly Finding[];
}
