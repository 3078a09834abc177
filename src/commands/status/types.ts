import type { CommonOptions } from '../../cli/index.ts';
import type { HoldStatus } from '../../driver/index.ts';
import type { DaemonStatus } from '../../runs/daemon/index.ts';
import type { DaemonSelection } from '../select-daemon.ts';

export interface StatusOptions extends CommonOptions {
  readonly selection: DaemonSelection;
}

/** A robot without a daemon, or whose daemon does not respond. */
export interface AbsentStatus extends Omit<DaemonStatus, 'pid' | 'loop' | 'run' | 'policy' | 'state'> {
  /** `holding`: the watchdog process of an ended daemon holds the joints. */
  readonly state: 'not-running' | 'not-responding' | 'holding';
  readonly pid: number | null;
  readonly loop: null;
  readonly run: string | null;
  readonly policy: null;
}

/** The state of one robot. `hold`: what the watchdog process reports that holds it after its daemon; null: none does. */
export type StatusResult = (DaemonStatus | AbsentStatus) & {
  readonly healthy: boolean;
  readonly hold: HoldStatus | null;
};
