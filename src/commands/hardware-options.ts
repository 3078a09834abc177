import type { CommonOptions } from '../runs/index.ts';

export interface ScanCommandOptions extends CommonOptions {
  /** `feetech:PATH` or `dynamixel:PATH`; null: every port that is not in use. */
  readonly driverUrl: string | null;
  /** null: whoever answers a call to all, and 0 to 20. */
  readonly ids: readonly number[] | null;
}

export interface SetupCommandOptions extends CommonOptions {
  readonly robot: string;
  readonly driverUrl: string;
  /** Only this joint, without a question; null: every joint, each after a question. */
  readonly joint: string | null;
  /** The joint to begin with; null: the last one. */
  readonly from: string | null;
  /** Resolves at the next Enter; rejects when the signal is aborted or the input ended. */
  readonly enter: (signal: AbortSignal) => Promise<void>;
}

export interface CalibrateCommandOptions extends CommonOptions {
  readonly robot: string;
  readonly driverUrl: string;
  readonly fromFile: string | null;
  readonly measureDirections: boolean;
  /** Begin from the start though an interrupted calibration could go on. */
  readonly restart: boolean;
  readonly yes: boolean;
  /** Resolves at the next Enter; rejects when the signal is aborted or the input ended. */
  readonly enter: (signal: AbortSignal) => Promise<void>;
}

export type JogCommandMove =
  | { readonly kind: 'by' | 'to'; readonly value: number }
  | { readonly kind: 'effort'; readonly value: number; readonly seconds: number };

/** What a person does at the keyboard; steps are signed. */
export type JogKey = 'small-up' | 'small-down' | 'large-up' | 'large-down' | 'stop' | 'quit';

export interface JogCommandOptions extends CommonOptions {
  readonly robot: string;
  readonly driverUrl: string;
  readonly joint: string;
  /** null: by the keys. */
  readonly move: JogCommandMove | null;
  /** rad/s or m/s. */
  readonly speed: number | null;
  /** Switch the torque of all servos off at the end, whatever their stop mode. */
  readonly letGo: boolean;
  /** Begins to listen to the keyboard; returns what ends it. Null where there is no keyboard. */
  readonly keys: ((onKey: (key: JogKey) => void) => () => void) | null;
}

export interface RecoverCommandOptions extends CommonOptions {
  readonly id: number;
  readonly driverUrl: string;
  readonly robot: string | null;
}
