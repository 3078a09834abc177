import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Calibration } from '../../robot/calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { OpenSerialOptions, SerialTransport } from '../../serial/index.ts';
import type { ServoProtocol } from '../../servo/index.ts';

export interface ConnectServosOptions {
  readonly protocol: ServoProtocol;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  /** What the robot file states when absent or null. */
  readonly baudRate?: number | null;
  /** With servoBus; joints in position mode. */
  readonly robot: RobotSpec;
  /** What was measured on this robot; null adopts what the servos hold, if that is a calibration. */
  readonly calibration: Calibration | null;
  readonly controlPeriodS: number;
  /** Real monotonic time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting while connecting rejects with E_CONNECT. */
  readonly signal?: AbortSignal;
  /** From open until every servo was verified and configured; 10,000 when absent. */
  readonly connectTimeoutMs?: number;
  /** Without a command for so long an armed robot stops; five control periods, 100 at least, when absent. */
  readonly commandTimeoutMs?: number;
  /** How long a bus that went away is looked for before it is lost for good; 30,000 when absent, 0 gives up at once. */
  readonly reconnectTimeoutMs?: number;
  /** How late the clock's appointments may come; 1.3 when absent, as timers of whole milliseconds do. 0 for a clock that keeps them to microseconds. */
  readonly timerLatenessMs?: number;
  /** Opens the line; the real serial port when absent. */
  readonly open?: (options: OpenSerialOptions) => Promise<SerialTransport>;
}

/** Every option with its value. */
export interface ServoOptions extends Required<Omit<ConnectServosOptions, 'signal' | 'open' | 'baudRate'>> {
  readonly baudRate: number;
  readonly open: ConnectServosOptions['open'];
}

/** Puts the defaults in. */
export function servoOptions(options: ConnectServosOptions): ServoOptions {
  return {
    ...options,
    baudRate: options.baudRate ?? options.robot.servoBus?.baudRate ?? 1_000_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    commandTimeoutMs: options.commandTimeoutMs ?? Math.max(100, Math.ceil(options.controlPeriodS * 5000)),
    reconnectTimeoutMs: options.reconnectTimeoutMs ?? 30_000,
    timerLatenessMs: options.timerLatenessMs ?? 1.3,
    open: options.open,
  };
}
