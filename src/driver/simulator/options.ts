import type { Clock } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { SimulationRole } from '../../wire/simulation/simulation-messages.ts';

export interface ConnectSimulatorOptions {
  /** ws://HOST:PORT or wss://HOST:PORT, without a token. */
  readonly url: string;
  /** The expected robot: name, joints in this order, sensors. */
  readonly robot: RobotSpec;
  readonly role: SimulationRole;
  /** The controller sets it; an observer passes 0 to accept any. */
  readonly controlPeriodS: number;
  readonly token?: string;
  /** Clock of arrival times: real in real time, simulated in lock-step. */
  readonly clock: Clock;
  /** Real monotonic time for timeouts; MonotonicClock when absent. */
  readonly wallClock?: Clock;
  readonly logger: Logger;
  /** Aborting while connecting rejects with E_CONNECT. */
  readonly signal?: AbortSignal;
  /** Called once, when the connection is lost after it was made. */
  readonly onLost?: (error: SoftqdError) => void;
  /** Connection and handshake together; 10,000 when absent. */
  readonly connectTimeoutMs?: number;
  /** A request without a reply (in real time also missing readings) counts as a loss after this time; 10,000 when absent. */
  readonly receiveTimeoutMs?: number;
  readonly maxFrameBytes?: number;
  /** With more unsent bytes the simulator counts as lost; 1 MiB when absent. */
  readonly maxUnsentBytes?: number;
  /** Max pending requests; 64 when absent. */
  readonly maxPending?: number;
}
