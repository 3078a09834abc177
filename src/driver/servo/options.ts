import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Calibration } from '../../robot/calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { OpenSerialOptions, SerialTransport } from '../../serial/index.ts';
import type { ServoProtocolName } from '../../servo/index.ts';

export interface ConnectServosOptions {
  readonly protocol: ServoProtocolName;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  /** The robot file's baud rate when absent or null. */
  readonly baudRate?: number | null;
  /** With servoBus and joints in position mode. */
  readonly robot: RobotSpec;
  /** The calibration measured on this robot; null uses the values in the servos, if they are a calibration. */
  readonly calibration: Calibration | null;
  readonly controlPeriodS: number;
  /** Real monotonic time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting while connecting rejects with E_CONNECT. */
  readonly signal?: AbortSignal;
  /** From opening the port until every servo is verified and configured; 10,000 when absent. */
  readonly connectTimeoutMs?: number;
  /**
   * An armed robot without a command for this time is stopped; 80 when absent, at any control rate, so that a robot whose host died or
   * hangs is stopped within 100 ms.
   */
  readonly commandTimeoutMs?: number;
  /** Time to reconnect a lost bus before the loss is permanent; 30,000 when absent, 0 does not reconnect. */
  readonly reconnectTimeoutMs?: number;
  /** How late the clock's timers may be; 1.3 when absent, as for timers of whole milliseconds. 0 for a clock with microsecond timers. */
  readonly timerLatenessMs?: number;
  /**
   * Socket of the watchdog process that holds the robot after this process has ended; it is asked for the port first.
   * Null or absent: nothing is held longer than this process runs.
   */
  readonly holdSocketPath?: string | null;
  /** Opens the serial port; the real one when absent. */
  readonly open?: (options: OpenSerialOptions) => Promise<SerialTransport>;
}

/** Every option with its value. */
export interface ServoOptions extends Required<Omit<ConnectServosOptions, 'signal' | 'open' | 'baudRate'>> {
  readonly baudRate: number;
  readonly open: ConnectServosOptions['open'];
}

/** Two control periods at 25 Hz, the lowest rate of hardware. */
const COMMAND_TIMEOUT_MS = 80;

/** Fills in the defaults. */
export function servoOptions(options: ConnectServosOptions): ServoOptions {
  return {
    ...options,
    baudRate: options.baudRate ?? options.robot.servoBus?.baudRate ?? 1_000_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    commandTimeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    reconnectTimeoutMs: options.reconnectTimeoutMs ?? 30_000,
    timerLatenessMs: options.timerLatenessMs ?? 1.3,
    holdSocketPath: options.holdSocketPath ?? null,
    open: options.open,
  };
}
