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
  /** Without a newer command within this time the board stops; 90 when absent. */
  readonly validForMs?: number;
  /** 5 when absent. The timeout of the board is 90: when one byte in 100 is corrupt, a quarter of the heartbeats is lost. */
  readonly heartbeatPeriodMs?: number;
  /** Without data for this time the board counts as disconnected; 1000 when absent. The guard reacts to a missing reading long before. */
  readonly receiveTimeoutMs?: number;
  /** Time to reconnect before the loss is permanent; 30,000 when absent, 0: permanent at once. */
  readonly reconnectTimeoutMs?: number;
  /** Opens the serial port; the real one when absent. */
  readonly open?: (options: OpenSerialOptions) => Promise<SerialTransport>;
}

/** Every option with its value. */
export type BridgeOptions = Required<Omit<ConnectBridgeOptions, 'signal' | 'open'>>;

const BRIDGE_BAUD_RATE = 921_600;
/** A loop that hangs while heartbeats continue stops the joints within 100 ms at any control rate; the rest is the way to the motors. */
const VALID_FOR_MS = 90;

/** Adds the defaults. The board accepts commands that are valid for 1 to 1000 ms. */
export function bridgeOptions(options: ConnectBridgeOptions): BridgeOptions {
  const validForMs = options.validForMs ?? VALID_FOR_MS;
  return {
    ...options,
    baudRate: options.baudRate ?? BRIDGE_BAUD_RATE,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    validForMs: Math.min(1000, Math.max(1, Math.round(validForMs))),
    heartbeatPeriodMs: options.heartbeatPeriodMs ?? 5,
    receiveTimeoutMs: options.receiveTimeoutMs ?? 1000,
    reconnectTimeoutMs: options.reconnectTimeoutMs ?? 30_000,
  };
}
