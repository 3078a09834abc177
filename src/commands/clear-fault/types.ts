import type { CommonOptions, Confirm } from '../../cli/index.ts';
import type { FaultClearResult } from '../../commissioning/index.ts';
import type { StickyFault } from '../../runs/sticky-faults/index.ts';
import type { DaemonSelection } from '../select-daemon.ts';

export interface ClearFaultOptions extends CommonOptions {
  /** The ID of the servo. */
  readonly id: number;
  readonly driverUrl: string;
  /** null: the joint name and the baud rate are not known. */
  readonly robot: string | null;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  /** Turn the torque of the servo off without asking. */
  readonly yes: boolean;
  /** Asks the person at the terminal; null: there is none. */
  readonly confirm: Confirm | null;
}

export interface ClearFaultResult extends FaultClearResult {
  /** The joint that the servo drives; null without a robot. */
  readonly joint: string | null;
}

export interface ClearKeptFaultOptions extends CommonOptions {
  readonly selection: DaemonSelection;
  /** bridge:PATH: also clears the stop that the board keeps; null: not. */
  readonly driverUrl: string | null;
}

export interface KeptFaultResult {
  readonly robot: string;
  readonly id: string | null;
  /** The fault that was kept; null: there was none. */
  readonly cleared: StickyFault | null;
  /** Whether the board was told to clear its stop. */
  readonly boardCleared: boolean;
}
