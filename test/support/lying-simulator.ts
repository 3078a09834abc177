import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createWorld, startSimulatorServer } from '../../src/simulator/index.ts';
import { reject } from '../../src/simulator/server/admission.ts';
import {
  decodeSimulationReply,
  decodeSimulationRequest,
  encodeSimulationReply,
  encodeSimulationRequest,
} from '../../src/wire/simulation/simulation.ts';
import {
  SIMULATION_SUBPROTOCOL,
  type SimulationReply,
  type SimulationRequest,
} from '../../src/wire/simulation/simulation-messages.ts';
import { loadRobot } from './simulator.ts';

/** What a simulator does otherwise than the protocol says. Absent: as it says. */
export interface Lie {
  /** What is done instead of a request. */
  request?(request: SimulationRequest): readonly SimulationRequest[];
  /** What is sent instead of a reply. */
  reply?(reply: SimulationReply): readonly SimulationReply[];
  /** Accepts every client. */
  readonly admitsAll?: boolean;
}

/** The embedded simulator of the pendulum behind a proxy that lies. */
export async function lyingSimulator(
  lie: Lie,
  mode: 'lock-step' | 'real-time' = 'lock-step',
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const robot = loadRobot('pendulum');
  const world = await createWorld(robot, '');
  const server = await startSimulatorServer({
    ...{ robot, world, mode, host: '127.0.0.1', port: 0, clock: new MonotonicClock(), logger: silentLogger },
  });
  const proxy = new WebSocketServer({
    ...{ host: '127.0.0.1', port: 0, handleProtocols: () => SIMULATION_SUBPROTOCOL },
    verifyClient: ({ req }, done) => {
      const rejection = lie.admitsAll === true ? null : reject(req, undefined, true);
      done(rejection === null, rejection?.status);
    },
  });
  await once(proxy, 'listening');
  proxy.on('connection', (client) => void relay(client, server.url, lie));
  return {
    url: `ws://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: async () => {
      for (const client of proxy.clients) client.terminate();
      proxy.close();
      await server.close();
    },
  };
}

async function relay(client: WebSocket, url: string, lie: Lie): Promise<void> {
  const early: [Buffer, boolean][] = [];
  const upstream = new WebSocket(url, SIMULATION_SUBPROTOCOL, { perMessageDeflate: false });
  const forward = (data: Buffer, isBinary: boolean): void => {
    for (const part of lied(data, isBinary, lie)) upstream.send(part, { binary: isBinary });
  };
  client.on('message', (data, isBinary) => {
    if (upstream.readyState === WebSocket.OPEN) forward(data as Buffer, isBinary);
    else early.push([data as Buffer, isBinary]);
  });
  client.on('error', () => undefined);
  upstream.on('error', () => undefined);
  upstream.on('message', (data) => {
    const reply = decodeSimulationReply(data as Buffer);
    for (const sent of lie.reply?.(reply) ?? [reply]) client.send(encodeSimulationReply(sent));
  });
  upstream.on('close', (code, reason) => client.close(code === 1006 ? 1011 : code, reason));
  client.on('close', () => upstream.close());
  await once(upstream, 'open');
  for (const [data, isBinary] of early) forward(data, isBinary);
}

function lied(data: Buffer, isBinary: boolean, lie: Lie): readonly (Buffer | Uint8Array | string)[] {
  if (!isBinary) return [data.toString()];
  if (lie.request === undefined) return [data];
  try {
    return lie.request(decodeSimulationRequest(data)).map((request) => encodeSimulationRequest(request));
  } catch {
    return [data];
  }
}
