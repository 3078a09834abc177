import type { SoftqdError } from '../../base/errors.ts';
import type { LinkWelcome } from '../../wire/bridge/index.ts';
import { nextReading } from '../next-reading.ts';
import type { Resetter } from '../port.ts';
import { bridgeClosedError } from './bridge-errors.ts';
import { BridgeDriver } from './bridge-driver.ts';
import { newBridgeCounters } from './bridge-link.ts';
import { checkBridgeSensors } from './bridge-reading.ts';
import { connectAndVerify } from './connect-and-verify.ts';
import { bridgeOptions, type ConnectBridgeOptions } from './options.ts';

/** A connected bridge board. Closing the driver closes the connection. */
export interface BridgeConnection {
  readonly driver: BridgeDriver;
  /** An episode on hardware starts at the current position of the robot, with the next reading. */
  readonly resetter: Resetter;
  readonly welcome: LinkWelcome;
}

/**
 * Opens the port, sends Hello, and checks that the board is this robot with these limits. Throws E_SERIAL_NOT_FOUND, E_SERIAL_BUSY,
 * E_SERIAL_PERMISSION, E_TIMEOUT (no response), E_PROTOCOL_MISMATCH, E_ROBOT_FILE (different limits, missing sensor), E_CONNECT.
 */
export async function connectBridge(given: ConnectBridgeOptions): Promise<BridgeConnection> {
  const options = bridgeOptions(given);
  checkBridgeSensors(options.robot);
  const counters = newBridgeCounters();
  const { open, signal } = given;
  const established = await connectAndVerify({ options, counters, open, signal });
  const reconnect = (address: string): ReturnType<typeof connectAndVerify> =>
    // Short attempts: the connection adds a growing delay between them.
    connectAndVerify({
      options: { ...options, address, connectTimeoutMs: Math.min(3000, options.connectTimeoutMs) },
      counters,
      open,
    });
  const driver = new BridgeDriver({ options, counters, connectAndVerify: reconnect }, established);
  const closed = (): SoftqdError => bridgeClosedError(driver.spec);
  return {
    driver,
    welcome: established.welcome,
    resetter: { reset: (_state, signal) => nextReading(driver.readings$, closed, signal) },
  };
}
