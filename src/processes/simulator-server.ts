import { readFileSync } from 'node:fs';
import { SoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { MonotonicClock } from '../base/monotonic-clock.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { createWorld, startSimulatorServer } from '../simulator/index.ts';

export interface SimulatorLaunch {
  readonly robot: RobotSpec;
  readonly robotDirectory: string;
  readonly mode: 'lock-step' | 'real-time';
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
  readonly maxFrameBytes: number;
}

/** Starts a simulator and its WebSocket server in this process. */
export async function serveSimulator(
  launch: SimulatorLaunch,
  logger: Logger,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const world = await createWorld(launch.robot, launch.robotDirectory);
  const server = await startSimulatorServer({
    robot: launch.robot,
    world,
    mode: launch.mode,
    host: launch.host,
    port: launch.port,
    ...(launch.token === null ? {} : { token: launch.token }),
    maxFrameBytes: launch.maxFrameBytes,
    clock: new MonotonicClock(),
    logger,
  });
  return {
    url: server.url,
    port: server.port,
    close: async () => {
      await server.close();
      world.dispose();
    },
  };
}

/** The token in a file: its first line. Throws E_CONFIG when it cannot be read or is empty. */
export function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SoftqdError('E_CONFIG', `cannot read the token file ${file}`, {
      cause,
      hint: 'Write the token as its first line and pass --token-file FILE.',
    });
  }
  const token = text.split('\n')[0]!.trim();
  if (token.length < 8)
    throw new SoftqdError('E_CONFIG', `the token in ${file} has ${token.length} characters; at least 8 are required`, {
      hint: 'Create one: head -c 24 /dev/urandom | base64',
    });
  return token;
}
