import type { SoftqdError } from '../../base/errors.ts';
import { nextReading } from '../next-reading.ts';
import type { Resetter } from '../port.ts';
import { newRosbridgeCounters } from './counters.ts';
import { connectAndVerify } from './connect-and-verify.ts';
import { JointStateReader } from './joint-state-reader.ts';
import { rosbridgeOptions, type ConnectRosbridgeOptions } from './options.ts';
import { rosbridgeClosedError, RosbridgeDriver } from './rosbridge-driver.ts';

/** A connected robot in ROS. Closing the driver closes the connection. */
export interface RosbridgeConnection {
  readonly driver: RosbridgeDriver;
  /** An episode on hardware starts at the current position of the robot, with the next reading. */
  readonly resetter: Resetter;
}

/**
 * Connects to a rosbridge server and waits for the first joint state of the robot; the driver is disarmed. Throws E_USAGE (invalid URL),
 * E_ROBOT_FILE (sensors), E_CONNECT, E_TIMEOUT (no response, no joint state), E_PROTOCOL_MISMATCH (not a rosbridge server, another topic
 * type), E_READING_SHAPE (missing joint), E_READING_NON_FINITE, E_ROSBRIDGE_MESSAGE.
 */
export async function connectRosbridge(given: ConnectRosbridgeOptions): Promise<RosbridgeConnection> {
  const options = rosbridgeOptions(given);
  const counters = newRosbridgeCounters();
  const reader = new JointStateReader(options.robot, counters);
  const established = await connectAndVerify({ options, counters, reader, signal: given.signal });
  const reconnect = (): ReturnType<typeof connectAndVerify> =>
    // Short attempts: the connection adds a growing delay between them.
    connectAndVerify({
      options: { ...options, connectTimeoutMs: Math.min(3000, options.connectTimeoutMs) },
      counters,
      reader,
    });
  const driver = new RosbridgeDriver({ options, counters, reader, connectAndVerify: reconnect }, established);
  const closed = (): SoftqdError => rosbridgeClosedError(driver.spec);
  return { driver, resetter: { reset: (_state, signal) => nextReading(driver.readings$, closed, signal) } };
}
