import type { CommonOptions } from '../../cli/index.ts';
import type { HoldStatus } from '../../driver/index.ts';
import type { StoppedEvent } from '../../runs/index.ts';
import type { DaemonSelection } from '../select-daemon.ts';

export interface StopOptions extends CommonOptions {
  readonly selection: DaemonSelection;
  /** To the rest pose first. */
  readonly park: boolean;
  /** Kill a daemon that does not respond. */
  readonly force: boolean;
}

/** An orderly stop, or the kill of a daemon. */
export type StopCommandResult =
  | {
      readonly robot: string;
      readonly id: string | null;
      readonly pid: number;
      readonly forced: false;
      /** null: nothing was armed. */
      readonly stop: StoppedEvent | null;
      /** Whether the process has ended; it may still be saving. */
      readonly ended: boolean;
    }
  | {
      readonly robot: string;
      readonly id: string | null;
      readonly pid: number;
      readonly forced: true;
      readonly ended: boolean;
      /** The watchdog process that stopped the joints and holds them now; null: none. */
      readonly hold: HoldStatus | null;
      /** What stops the joints now. */
      readonly text: string;
    };
