import { firstValueFrom, throwIfEmpty } from 'rxjs';
import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { MonotonicClock } from '../../base/monotonic-clock.ts';
import {
  MAX_SIMULATION_FRAME_BYTES,
  SIMULATION_PROTOCOL_VERSION,
  type SimulationMode,
  type SimulatorSpec,
} from '../../wire/simulation/simulation-messages.ts';
import { abortable } from '../next-reading.ts';
import { throwOnFault, type Driver, type Resetter, type WorldSnapshots } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { checkSpec } from './check-spec.ts';
import { openSocket } from './open-socket.ts';
import type { ConnectSimulatorOptions } from './options.ts';
import { SimulatedDriver } from './simulated-driver.ts';
import { simulatorClient, type SimulatorClient } from './simulator-client.ts';
import { SimulatorLink, type LinkLimits } from './simulator-link.ts';

/** One connection as a request client, a driver, a resetter and a world to save. Closing one closes all. */
export interface SimulatorConnection {
  readonly client: SimulatorClient;
  readonly driver: Driver;
  readonly resetter: Resetter;
  readonly world: WorldSnapshots;
  readonly mode: SimulationMode;
  readonly spec: SimulatorSpec;
}

/**
 * Connects, sends Hello and checks that the simulator is this robot at this period. Throws E_CONNECT, E_TIMEOUT, E_UNAUTHORIZED,
 * E_CONTROLLER_TAKEN, E_PROTOCOL_MISMATCH (protocol, robot, joints, sensors, period). A later loss (closed, receive timeout, invalid
 * frame) ends driver.readings$ with E_SIMULATOR_LOST or E_FRAME_INVALID and rejects pending requests.
 */
export async function connectSimulator(options: ConnectSimulatorOptions): Promise<SimulatorConnection> {
  const {
    robot,
    role,
    controlPeriodS,
    clock,
    logger,
    wallClock = new MonotonicClock(),
    connectTimeoutMs = 10_000,
  } = options;
  const socket = await openSocket(options, connectTimeoutMs);
  const link = new SimulatorLink(socket, linkLimits(options), { wallClock, logger });
  let spec: SimulatorSpec;
  try {
    spec = await handshake(link, options, { wallClock, connectTimeoutMs });
    checkSpec(spec, robot, controlPeriodS);
  } catch (error) {
    await link.close();
    throw error;
  }
  const stream = new ReadingStream();
  const driver = new SimulatedDriver({
    ...{ robot, link, stream, clock, wallClock, logger },
    ...{ mode: spec.mode, watches: role === 'watcher' },
  });
  link.onUnsolicitedReading = (reply) => {
    if (reply.type === 'spec') spec = reply.spec;
    else driver.receive(reply);
  };
  link.onLost = (error) => {
    options.onLost?.(error);
    stream.fail(error);
  };
  if (link.failure) link.onLost(link.failure);
  if (spec.mode === 'real-time') link.onDamaged = (error) => driver.passOver(error);
  const client = simulatorClient({
    link,
    robot,
    clock,
    spec: () => spec,
    nextUnsolicited: () => firstValueFrom(stream.readings$.pipe(throwOnFault(), throwIfEmpty(closedHere))),
  });
  return {
    client: {
      ...client,
      close: () => driver.close(),
      get spec() {
        return spec;
      },
    },
    driver,
    resetter: { reset: (state, signal) => abortable(client.reset(state), signal) },
    world: { save: () => client.saveState(), load: (state) => client.loadState(state) },
    mode: spec.mode,
    get spec() {
      return spec;
    },
  };
}

function linkLimits(options: ConnectSimulatorOptions): LinkLimits {
  return {
    url: options.url,
    receiveTimeoutMs: options.receiveTimeoutMs ?? 10_000,
    maxFrameBytes: options.maxFrameBytes ?? MAX_SIMULATION_FRAME_BYTES,
    maxUnsentBytes: options.maxUnsentBytes ?? 1 << 20,
    maxPending: options.maxPending ?? 64,
  };
}

function closedHere(): SoftqdError {
  return new SoftqdError('E_SIMULATOR_LOST', 'connection to the simulator closed by softqd');
}

/** Hello -> Spec within the timeout. */
async function handshake(
  link: SimulatorLink,
  options: ConnectSimulatorOptions,
  limit: { wallClock: ConnectSimulatorOptions['clock']; connectTimeoutMs: number },
): Promise<SimulatorSpec> {
  const { url, robot, role, controlPeriodS, signal } = options;
  const { wallClock, connectTimeoutMs } = limit;
  return new Promise((resolve, reject) => {
    const cancel = wallClock.setTimer(wallClock.nowNs() + connectTimeoutMs * NS_PER_MS, () => {
      reject(
        new SoftqdError('E_TIMEOUT', `${url} did not answer Hello within ${connectTimeoutMs} ms`, { values: { url } }),
      );
    });
    const onAbort = (): void => reject(new SoftqdError('E_CONNECT', `connecting to ${url} was canceled`));
    signal?.addEventListener('abort', onAbort);
    const hello = {
      type: 'hello',
      protocolVersion: SIMULATION_PROTOCOL_VERSION,
      role,
      robot: robot.name,
      controlPeriodS,
    } as const;
    link
      .ask(hello, 'spec')
      .then(({ spec }) => resolve(spec), reject)
      .finally(() => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
      });
  });
}
