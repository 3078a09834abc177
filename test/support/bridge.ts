import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { RecordingLogger } from '../../src/base/logger.ts';
import type { ConnectBridgeOptions } from '../../src/driver/bridge/options.ts';
import { connectBridge, type BridgeConnection } from '../../src/driver/bridge/connect-bridge.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import { FIRMWARE_DIRECTORY, make } from './firmware.ts';

export const FIRMWARE_BUILD = join(FIRMWARE_DIRECTORY, 'build');

/** As in firmware-bridge/robots/robots.c. */
export const pendulumRig: RobotSpec = {
  name: 'pendulum-rig',
  title: 'Pendulum rig',
  kind: 'hardware',
  joints: [
    {
      name: 'hinge',
      kind: 'revolute',
      commandMode: 'effort',
      stopMode: 'damp',
      limits: {
        minPositionRadOrM: -1e9,
        maxPositionRadOrM: 1e9,
        maxVelocityRadOrMPerS: 25,
        maxEffortNmOrN: 0.12,
        maxEffortRateNmOrNPerS: 12,
      },
    },
  ],
  sensors: [{ name: 'supply_voltage', size: 1, unit: 'V' }],
  controlPeriodS: 0.01,
  readingMaxAgeS: 0.1,
};

const servo = {
  kind: 'revolute',
  commandMode: 'position',
  limits: {
    minPositionRadOrM: -1.5,
    maxPositionRadOrM: 1.5,
    maxVelocityRadOrMPerS: 3,
    maxAccelerationRadOrMPerS2: 30,
    maxCommandDistanceRadOrM: 0.5,
    maxEffortNmOrN: 2,
    maxEffortRateNmOrNPerS: 200,
  },
} as const;

export const servoPair: RobotSpec = {
  name: 'servo-pair',
  title: 'Two position servos',
  kind: 'hardware',
  joints: [
    { ...servo, name: 'pan', stopMode: 'hold' },
    {
      ...servo,
      name: 'tilt',
      stopMode: 'torque-off',
      limits: { ...servo.limits, minPositionRadOrM: -0.5, maxPositionRadOrM: 1 },
    },
  ],
  sensors: [],
  controlPeriodS: 0.01,
  readingMaxAgeS: 0.1,
};

/** A running board program behind a pseudo-terminal. */
export interface RunningBoard {
  readonly path: string;
  readonly child: ChildProcess;
  /** Input from the world: see host/main.c. */
  say(line: string): void;
  stop(): Promise<void>;
}

/** firmware-bridge/host, built when needed. */
export async function startHostBridge(...parameters: readonly string[]): Promise<RunningBoard> {
  make('host', FIRMWARE_BUILD);
  const child = spawn(join(FIRMWARE_BUILD, 'host-bridge'), parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await firstLine(child.stdout);
  return running(child, line.split(' ')[1]!, (text) => child.stdin.write(`${text}\n`));
}

/** The Cortex-M3 image in QEMU, its UART on a pseudo-terminal. */
export async function startQemuBoard(image: string): Promise<RunningBoard> {
  const parameters = ['-M', 'lm3s6965evb', '-nographic', '-monitor', 'none', '-serial', 'pty', '-kernel', image];
  const child = spawn('qemu-system-arm', parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  const path = await Promise.race([ptyIn(child.stdout), ptyIn(child.stderr)]);
  return running(child, path, () => undefined);
}

function running(child: ChildProcess, path: string, say: (text: string) => void): RunningBoard {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    path,
    child,
    say,
    stop: () => {
      child.kill('SIGCONT');
      child.kill();
      return ended;
    },
  };
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => createInterface(stream).once('line', resolve));
}

function ptyIn(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    createInterface(stream).on('line', (line) => {
      const path = /\/dev\/pts\/\d+/.exec(line)?.[0];
      if (path !== undefined) resolve(path);
    });
  });
}

export interface TestConnection extends BridgeConnection {
  readonly logger: RecordingLogger;
}

export async function connectTo(address: string, options: Partial<ConnectBridgeOptions> = {}): Promise<TestConnection> {
  const logger = new RecordingLogger();
  const connection = await connectBridge({
    address,
    robot: pendulumRig,
    controlPeriodS: 0.01,
    clock: new MonotonicClock(),
    logger,
    ...options,
  });
  return { ...connection, logger };
}
