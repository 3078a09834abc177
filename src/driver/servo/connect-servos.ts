import type { SoftqdError } from '../../base/errors.ts';
import { nextReading } from '../next-reading.ts';
import type { Resetter } from '../port.ts';
import { BusCounters, busClosedError, checkServoRobot } from '../../servo/index.ts';
import { connectAndVerify, type WatchdogListener } from './connect-and-verify.ts';
import { servoOptions, type ConnectServosOptions } from './options.ts';
import { ServoDriver } from './servo-driver.ts';

/** A robot on a servo bus. Closing the driver closes everything. */
export interface ServoConnection {
  readonly driver: ServoDriver;
  /** Hardware is not moved by a reset: an episode starts at its position, with the next reading. */
  readonly resetter: Resetter;
  /** Why arming would be rejected: not calibrated, or the calibration in the servos differs from the file (E_CALIBRATION); or null. */
  readonly uncalibrated: SoftqdError | null;
}

const RECONNECT_TIMEOUT_MS = 5000;

/**
 * Opens the bus, checks that its servos are this robot's (IDs, models), configures registers that differ, and compares the calibration.
 * The driver is disarmed. Throws E_ROBOT_FILE (no such servo bus, joints not in position mode), E_SERIAL_NOT_FOUND, E_SERIAL_BUSY,
 * E_SERIAL_PERMISSION, E_SERVO_NO_REPLY, E_SERVO_WRONG_MODEL, E_SERVO_REJECTED, E_TIMEOUT, E_CONNECT. A robot that is not calibrated
 * connects and emits readings; arming is rejected.
 */
export async function connectServos(given: ConnectServosOptions): Promise<ServoConnection> {
  const options = servoOptions(given);
  checkServoRobot(options.robot, options.protocol);
  const counters = new BusCounters();
  let driver: ServoDriver | null = null;
  const watchdogListener: WatchdogListener = {
    isDriving: () => driver?.isDriving ?? false,
    onStopped: () => driver?.onWatchdogStopped(),
    onLost: (detail) => driver?.onWatchdogLost(detail),
  };
  const established = await connectAndVerify({ options, counters, signal: given.signal, watchdogListener });
  const reconnect = (address: string): ReturnType<typeof connectAndVerify> =>
    // Each attempt is short: the caller increases the delay between attempts.
    connectAndVerify({
      options: { ...options, address, connectTimeoutMs: Math.min(RECONNECT_TIMEOUT_MS, options.connectTimeoutMs) },
      counters,
      watchdogListener,
    });
  driver = new ServoDriver({ options, counters, connectAndVerify: reconnect }, established);
  const { readings$ } = driver;
  const { uncalibrated } = established;
  const closed = (): SoftqdError => busClosedError(options.robot);
  return { driver, uncalibrated, resetter: { reset: (_state, signal) => nextReading(readings$, closed, signal) } };
}
