import type { SoftqdError } from '../../base/errors.ts';
import { nextReading } from '../next-reading.ts';
import type { Resetter } from '../port.ts';
import { BusCounters, busClosedError, busProtocol, checkServoRobot, servoFamily } from '../../servo/index.ts';
import { connectAndVerify } from './connect-and-verify.ts';
import { servoOptions, type ConnectServosOptions } from './options.ts';
import { ServoDriver } from './servo-driver.ts';

/** A robot on a servo bus, seen as what its user needs. Closing the body closes all. */
export interface ServoConnection {
  readonly driver: ServoDriver;
  /** Nothing puts hardware somewhere: an episode begins where the robot is, with the next reading. */
  readonly resetter: Resetter;
  /** Why it would refuse to be armed: it was never calibrated, or the servos hold another calibration than the file (E_CALIBRATION). */
  readonly uncalibrated: SoftqdError | null;
}

const RECONNECT_TIMEOUT_MS = 5000;

/**
 * Opens the bus, checks that its servos are this robot's (ids, models), configures what differs, and compares the calibration. The body
 * is disarmed. Throws E_ROBOT_FILE (no such servo bus, joints not driven by position), E_SERIAL_NOT_FOUND, E_SERIAL_BUSY,
 * E_SERIAL_PERMISSION, E_SERVO_NO_REPLY, E_SERVO_WRONG_MODEL, E_SERVO_REJECTED, E_TIMEOUT, E_CONNECT. A robot that is not calibrated
 * connects, gives readings, and refuses to be armed.
 */
export async function connectServos(given: ConnectServosOptions): Promise<ServoConnection> {
  const options = servoOptions(given);
  const { registers } = busProtocol(options.protocol);
  const positionMode = servoFamily(options.protocol).settings.operatingMode!;
  checkServoRobot(options.robot, options.protocol, { registers, positionMode });
  const counters = new BusCounters();
  let driver: ServoDriver | null = null;
  const onWatchdog = (event: 'stopped' | 'gone'): void => driver?.onWatchdogEvent(event);
  const established = await connectAndVerify({ options, counters, signal: given.signal, onWatchdog });
  const again = (address: string): ReturnType<typeof connectAndVerify> =>
    // A short try each: the pause between two grows outside.
    connectAndVerify({
      options: { ...options, address, connectTimeoutMs: Math.min(RECONNECT_TIMEOUT_MS, options.connectTimeoutMs) },
      counters,
      onWatchdog,
    });
  driver = new ServoDriver({ options, counters, connectAndVerify: again }, established);
  const { readings$ } = driver;
  const { uncalibrated } = established;
  const closed = (): SoftqdError => busClosedError(options.robot);
  return { driver, uncalibrated, resetter: { reset: (_state, signal) => nextReading(readings$, closed, signal) } };
}
