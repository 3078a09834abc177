import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { OpenSerialOptions, SerialTransport } from '../../serial/index.ts';

export interface ConnectBridgeOptions {
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  /** 921,600 when absent. */
  readonly baudRate?: number;
  /** The expected robot: joints in this order, their modes and limits. */
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
  /** 10 when absent. The timeout of the board is 100: when one byte in 100 is corrupt, a quarter of the heartbeats is lost. */
  readonly heartbeatPeriodMs?: number;
  /** Without a reading for this time the board counts as disconnected; 300 when absent. */
  readonly receiveTimeoutMs?: number;
  /** Time to reconnect before the loss is permanent; 30,000 when absent, 0: permanent at once. */
  readonly reconnectTimeoutMs?: number;
  /** Opens the serial port; the real one when absent. */
  readonly open?: (options: OpenSerialOptions) => Promise<SerialTransport>;
}

/** Every option with its value. */
export type BridgeOptions = Required<Omit<ConnectBridgeOptions, 'signal' | 'open'>>;

const BRIDGE_BAUD_RATE = 921_600;

/** Adds the defaults. The board accepts commands that are valid for 1 to 1000 ms. */
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
