import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { OpenSerialOptions, SerialTransport } from '../../serial/index.ts';

export interface ConnectBridgeOptions {
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  /** 921,600 when absent. */
  readonly baudRate?: number;
  /** What the board must be: joints in this order, their modes and limits. */
  readonly robot: RobotSpec;
  readonly controlPeriodS: number;
  /** Real monotonic time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting while connecting rejects with E_CONNECT. */
  readonly signal?: AbortSignal;
  /** From open to welcome; 5000 when absent. */
  readonly connectTimeoutMs?: number;
  /** Without a newer command within this time the board stops; four control periods, 50 at least, when absent. */
  readonly validForMs?: number;
  /** 10 when absent; the board's timeout is 100: on a line that damages one byte in a hundred a quarter of them is lost. */
  readonly heartbeatPeriodMs?: number;
  /** Without a reading for so long the board counts as gone for now; 300 when absent. */
  readonly receiveTimeoutMs?: number;
  /** How long a board that went away is looked for before it is lost for good; 30,000 when absent, 0 gives up at once. */
  readonly reconnectTimeoutMs?: number;
  /** Opens the line; the real serial port when absent. */
  readonly open?: (options: OpenSerialOptions) => Promise<SerialTransport>;
}

/** Every option with its value. */
export type BridgeOptions = Required<Omit<ConnectBridgeOptions, 'signal' | 'open'>>;

const BRIDGE_BAUD_RATE = 921_600;

/** Puts the defaults in. Limits of the board: a command is valid for 1 to 1000 ms. */
export function bridgeOptions(options: ConnectBridgeOptions): BridgeOptions {
  const validForMs = options.validForMs ?? Math.max(50, Math.ceil(options.controlPeriodS * 4000));
  return {
    ...options,
    baudRate: options.baudRate ?? BRIDGE_BAUD_RATE,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    validForMs: Math.min(1000, Math.max(1, Math.round(validForMs))),
    heartbeatPeriodMs: options.heartbeatPeriodMs ?? 10,
    receiveTimeoutMs: options.receiveTimeoutMs ?? 300,
    reconnectTimeoutMs: options.reconnectTimeoutMs ?? 30_000,
  };
}
