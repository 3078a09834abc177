import { SoftqdError } from '../../base/errors.ts';
import { nextReading } from '../next-reading.ts';
import type { Resetter } from '../port.ts';
import { newRosbridgeCounters } from './counters.ts';
import { connectAndVerify } from './connect-and-verify.ts';
import { JointStateReader } from './joint-state-reader.ts';
import { rosbridgeOptions, type ConnectRosbridgeOptions } from './options.ts';
import { RosbridgeDriver } from './rosbridge-driver.ts';

/** A robot in ROS, seen as what its user needs. Closing the body closes all. */
export interface RosbridgeConnection {
  readonly driver: RosbridgeDriver;
  /** Nothing puts the robot somewhere: an episode begins where it is, with the next reading. */
  readonly resetter: Resetter;
}

/**
 * Connects to a rosbridge server and waits for the first joint state of the robot; the body is disarmed. Throws E_USAGE (a URL that is
 * none), E_ROBOT_FILE (sensors), E_CONNECT, E_TIMEOUT (no answer, no joint state), E_PROTOCOL_MISMATCH (no rosbridge, a topic of another
 * type), E_READING_SHAPE (a joint is missing), E_READING_NON_FINITE, E_ROSBRIDGE_MESSAGE.
 */
export async function connectRosbridge(given: ConnectRosbridgeOptions): Promise<RosbridgeConnection> {
  const options = rosbridgeOptions(given);
  const counters = newRosbridgeCounters();
  const reader = new JointStateReader(options.robot, counters);
  const established = await connectAndVerify({ options, counters, reader, signal: given.signal });
  const again = (): ReturnType<typeof connectAndVerify> =>
    // A short try each: the pause between two grows outside.
    connectAndVerify({
      options: { ...options, connectTimeoutMs: Math.min(3000, options.connectTimeoutMs) },
      counters,
      reader,
    });
  const driver = new RosbridgeDriver({ options, counters, reader, connectAndVerify: again }, established);
  const closed = (): SoftqdError =>
    new SoftqdError('E_ROSBRIDGE_LOST', `${driver.spec.name}: the connection to rosbridge is closed`);
  return { driver, resetter: { reset: (_state, signal) => nextReading(driver.readings$, closed, signal) } };
}
