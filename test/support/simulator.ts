import { readFileSync } from 'node:fs';
import path from 'node:path';
import JSON5 from 'json5';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { SimulatedClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { MemoryTelemetry } from '../../src/base/telemetry.ts';
import { connectSimulator, type ConnectSimulatorOptions, type SimulatorConnection } from '../../src/driver/index.ts';
import { parseRobot } from '../../src/robot/parse-robot.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import {
  createWorld,
  startSimulatorServer,
  type SimulatorServer,
  type SimulatorServerOptions,
  type World,
} from '../../src/simulator/index.ts';

export function robotDirectory(name: string): string {
  return path.join(import.meta.dirname, '../../config/robots', name);
}

/** The `robot` object of config/robots/NAME/robot.json5, unparsed. */
export function robotJson(name: string): Record<string, unknown> {
  const file = path.join(robotDirectory(name), 'robot.json5');
  return JSON5.parse<{ robot: Record<string, unknown> }>(readFileSync(file, 'utf8')).robot;
}

export function loadRobot(name: string): RobotSpec {
  return parseRobot(robotJson(name), `config/robots/${name}/robot.json5`);
}

export interface RunningSimulator {
  readonly robot: RobotSpec;
  readonly world: World;
  readonly server: SimulatorServer;
  readonly telemetry: MemoryTelemetry;
  connect(options?: Partial<ConnectSimulatorOptions>): Promise<SimulatorConnection>;
  /** Closes every connection made here, the server and the world. */
  stop(): Promise<void>;
}

export type RunOptions = Partial<SimulatorServerOptions> & { readonly wrap?: (world: World) => World };

/** A real simulator server in this process, on a free port. */
export async function runSimulator(name: string, options: RunOptions = {}): Promise<RunningSimulator> {
  const robot = loadRobot(name);
  const bare = await createWorld(robot, robotDirectory(name));
  const world = options.wrap?.(bare) ?? bare;
  const telemetry = new MemoryTelemetry();
  const server = await startSimulatorServer({
    robot,
    world,
    mode: 'lock-step',
    host: '127.0.0.1',
    port: 0,
    clock: new MonotonicClock(),
    logger: silentLogger,
    telemetry,
    ...options,
  });
  const connections: SimulatorConnection[] = [];
  return {
    robot,
    world,
    server,
    telemetry,
    connect: async (more = {}) => {
      const connection = await connectSimulator({
        url: server.url,
        robot,
        role: 'controller',
        controlPeriodS: robot.controlPeriodS,
        clock: new SimulatedClock(),
        logger: silentLogger,
        ...more,
      });
      connections.push(connection);
      return connection;
    },
    stop: async () => {
      for (const { driver } of connections) await driver.close();
      await server.close();
      bare.dispose();
    },
  };
}

/** A world that can return one invalid reading on request. */
export function breakable(world: World): { world: World; breakNext: (part: 'nan' | 'shape') => void } {
  let fault: 'nan' | 'shape' | null = null;
  const broken = new Proxy(world, {
    get(target, property) {
      if (property === 'reading') {
        return () => {
          const reading = target.reading();
          const kind = fault;
          fault = null;
          if (kind === 'nan') return { ...reading, velocities: reading.velocities.map(() => NaN) };
          if (kind === 'shape') return { ...reading, positions: new Float64Array(reading.positions.length + 1) };
          return reading;
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { world: broken, breakNext: (part) => (fault = part) };
}
