import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { decodeSimulationRequest, encodeSimulationReply } from '../../src/wire/simulation/simulation.ts';
import {
  SIMULATION_SUBPROTOCOL,
  type SimulationReply,
  type SimulationRequest,
  type SimulatorSpec,
} from '../../src/wire/simulation/simulation-messages.ts';

/** A WebSocket server with scripted replies, valid or not. */
export interface ScriptedSimulator {
  readonly url: string;
  readonly requests: SimulationRequest[];
  /** The connected client's socket, server side. */
  socket(): WebSocket;
  push(reply: SimulationReply): void;
  close(): Promise<void>;
}

export const pendulumSpec: SimulatorSpec = {
  robot: 'pendulum',
  jointNames: ['pivot'],
  sensors: [],
  controlPeriodS: 0.05,
  physicsStepS: 0.05,
  mode: 'lock-step',
  resetsBySeedOnly: false,
  savesNoState: false,
};

export function pendulumReading(
  change: { velocity?: number; deviceTimeS?: number; positions?: number[] } = {},
): Extract<SimulationReply, { type: 'reading' }>['reading'] {
  return {
    sequence: 1,
    deviceTimeS: change.deviceTimeS ?? 1,
    positions: Float64Array.from(change.positions ?? [0.5]),
    velocities: Float64Array.of(change.velocity ?? 0),
    efforts: Float64Array.of(0),
    sensors: new Map(),
  };
}

/** `answer` returns the data to send for a request: a reply, raw data, or null for none. Hello is answered by `spec` unless it is null. */
export async function scriptedSimulator(
  answer: (request: SimulationRequest) => SimulationReply | string | Uint8Array | null,
  spec: SimulatorSpec | null = pendulumSpec,
  subprotocol = SIMULATION_SUBPROTOCOL,
): Promise<ScriptedSimulator> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => subprotocol });
  await new Promise((resolve) => server.once('listening', resolve));
  const requests: SimulationRequest[] = [];
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const request = decodeSimulationRequest(data as Buffer);
      requests.push(request);
      const reply: ReturnType<typeof answer> =
        request.type === 'hello' && spec ? { type: 'spec', replyTo: request.id, spec } : answer(request);
      if (typeof reply === 'string' || reply instanceof Uint8Array) socket.send(reply);
      else if (reply) socket.send(encodeSimulationReply(reply));
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    socket: () => sockets.at(-1)!,
    push: (reply) => sockets.at(-1)!.send(encodeSimulationReply(reply)),
    close: () => {
      for (const socket of sockets) socket.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
