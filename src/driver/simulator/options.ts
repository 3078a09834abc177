import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { SimulationRole } from '../../wire/simulation/simulation-messages.ts';

export interface ConnectSimulatorOptions {
  /** ws://HOST:PORT or wss://HOST:PORT; a token never stands in it. */
  readonly url: string;
  /** What the simulator must be: name, joints in this order, sensors. */
  readonly robot: RobotSpec;
  readonly role: SimulationRole;
  /** The controller sets it; a watcher passes 0 to take any. */
  readonly controlPeriodS: number;
  readonly token?: string;
  /** Stamps arrivals: real in real time, simulated in lock-step. */
  readonly clock: Clock;
  /** Real monotonic time for time limits; MonotonicClock when absent. */
  readonly wallClock?: Clock;
  readonly logger: Logger;
  /** Aborting while connecting rejects with E_CONNECT. */
  readonly signal?: AbortSignal;
  /** Connection and greeting together; 10,000 when absent. */
  readonly connectTimeoutMs?: number;
  /** An unanswered request, in real time also the absence of readings, counts as loss after this; 10,000 when absent. */
  readonly receiveTimeoutMs?: number;
  readonly maxFrameBytes?: number;
  /** Unsent bytes beyond which a simulator that reads nothing counts as lost; 1 MiB when absent. */
  readonly maxUnsentBytes?: number;
  /** Requests without an answer at a time; 64 when absent. */
  readonly maxPending?: number;
}
