import { SimulatedClock } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import {
  connectSimulator,
  throwOnFault,
  type ConnectSimulatorOptions,
  type SimulatorConnection,
} from '../../../../src/driver/index.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import type { SimulationReply, SimulationRequest } from '../../../../src/wire/simulation/simulation-messages.ts';
import { pendulumReading, scriptedSimulator, type ScriptedSimulator } from '../../../support/scripted-simulator.ts';
import { loadRobot } from '../../../support/simulator.ts';

export const robot = loadRobot('pendulum');
export const zero = { qpos: Float64Array.of(0), qvel: Float64Array.of(0) };

export function readingTo(
  request: SimulationRequest,
  change: Parameters<typeof pendulumReading>[0] = {},
): SimulationReply {
  return { type: 'reading', replyTo: request.id, reading: pendulumReading(change) };
}

export interface ReceivedReadings {
  readonly readings: Reading[];
  /** Error, or a message `complete`. */
  readonly end: Promise<{ code?: string; message: string }>;
}

/** A connection to a scripted simulator; clocks are simulated. */
export class SimulatorFixture {
  readonly clock = new SimulatedClock();
  readonly wallClock = new SimulatedClock();
  simulator: ScriptedSimulator | undefined;
  private connection: SimulatorConnection | undefined;

  async connect(options: Partial<ConnectSimulatorOptions> = {}): Promise<SimulatorConnection> {
    this.connection = await connectSimulator({
      url: this.simulator?.url ?? 'ws://127.0.0.1:1',
      robot,
      role: 'controller',
      controlPeriodS: 0.05,
      clock: this.clock,
      wallClock: this.wallClock,
      logger: silentLogger,
      ...options,
    });
    return this.connection;
  }

  async script(...parts: Parameters<typeof scriptedSimulator>): Promise<void> {
    this.simulator = await scriptedSimulator(...parts);
  }

  async close(): Promise<void> {
    await this.connection?.driver.close();
    await this.simulator?.close();
  }
}

/** The readings until the first fault or the end of readings$. */
export function listen({ driver }: SimulatorConnection): ReceivedReadings {
  const readings: Reading[] = [];
  const end = new Promise<{ code?: string; message: string }>((resolve) => {
    driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => readings.push(reading),
      error: resolve,
      complete: () => resolve({ message: 'complete' }),
    });
  });
  return { readings, end };
}
