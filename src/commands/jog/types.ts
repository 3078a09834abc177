import type { CommonOptions } from '../../cli/index.ts';
import type { JogMove, JogResult } from '../../commissioning/index.ts';
import type { StopMode } from '../../robot/robot-spec.ts';
import type { ListeningEvent, StoppedEvent } from '../../runs/index.ts';

/** A key of interactive jog. */
export type JogKey = 'small-up' | 'small-down' | 'large-up' | 'large-down' | 'stop' | 'quit';

export interface JogCommandOptions extends CommonOptions {
  readonly robot: string;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  readonly driverUrl: string;
  readonly joint: string;
  /** null: interactive, by keys. */
  readonly move: JogMove | null;
  /** Maximum speed, rad/s or m/s; null: the default. */
  readonly speed: number | null;
  /** Turn the torque of all servos off at the end, whatever their stop mode. */
  readonly torqueOff: boolean;
  /** Starts to report keys; returns the function that stops it. null: there is no keyboard. */
  readonly keys: ((onKey: (key: JogKey) => void) => () => void) | null;
}

type JogUnit = 'rad' | 'm';

/** The state of the joint, ten times a second. */
export interface JogProgress {
  readonly event: 'jog';
  readonly joint: string;
  readonly unit: JogUnit;
  readonly position: number;
  readonly velocity: number;
  readonly effort: number;
  readonly setpoint: number | null;
  /** Position limits; null: none. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Whether the guard clipped the command. */
  readonly limited: boolean;
}

interface JogEnd {
  readonly event: 'done';
  readonly unit: JogUnit;
  /** The stop mode of the joint. */
  readonly stopMode: StopMode;
}

/** The end of a jog by a given amount. */
export interface JogMoveDone extends JogEnd, JogResult {}

/** The end of an interactive jog. */
export interface JogKeysDone extends JogEnd {
  readonly joint: string;
  readonly position: number;
}

export type JogEvent = ListeningEvent | JogProgress | StoppedEvent | JogMoveDone | JogKeysDone;
