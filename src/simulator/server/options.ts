import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Telemetry } from '../../base/telemetry.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { MAX_SIMULATION_FRAME_BYTES, type SimulationMode } from '../../wire/simulation/simulation-messages.ts';
import type { World } from '../port.ts';

/** Limits of a simulator server. Beyond them it rejects, drops or disconnects, and counts. */
export interface ServerBounds {
  /** Larger WebSocket messages close the connection (1009). */
  readonly maxFrameBytes: number;
  readonly maxWatchers: number;
  /** Max connections that have not sent Hello yet. */
  readonly maxPendingHandshakes: number;
  readonly helloTimeoutMs: number;
  /** Unsent bytes of one client beyond which pushed readings are dropped for it. */
  readonly dropBeyondBytes: number;
  /** Unsent bytes beyond which a client is disconnected (1013). */
  readonly disconnectBeyondBytes: number;
  /** Real time: without a command of its controller for this time, and for three control periods, the joints go to their stop modes, s. */
  readonly commandTimeoutS: number;
  /** This number of consecutive dropped readings disconnects a client (1013). */
  readonly maxDroppedInARow: number;
}

export const DEFAULT_SERVER_BOUNDS: ServerBounds = {
  maxFrameBytes: MAX_SIMULATION_FRAME_BYTES,
  maxWatchers: 16,
  maxPendingHandshakes: 8,
  helloTimeoutMs: 5000,
  commandTimeoutS: 0.1,
  dropBeyondBytes: 1 << 18,
  disconnectBeyondBytes: 1 << 22,
  maxDroppedInARow: 1000,
};

export interface SimulatorServerOptions extends Partial<ServerBounds> {
  readonly robot: RobotSpec;
  /** Owned by the caller: `close` does not dispose of it. */
  readonly world: World;
  readonly mode: SimulationMode;
  /** Loopback unless a token is given. */
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** Required from every client when present. */
  readonly token?: string;
  /** Real monotonic time: deadlines of the real-time mode and timeouts. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counters: simulator.readings_dropped, .frames_refused, .connections_refused, .periods_skipped, .clients_stalled, .command_timeouts. */
  readonly telemetry?: Telemetry;
}
