import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { decodeSimulationReply, encodeSimulationRequest } from '../../src/wire/simulation/simulation.ts';
import {
  SIMULATION_SUBPROTOCOL,
  type SimulationReply,
  type SimulationRequest,
} from '../../src/wire/simulation/simulation-messages.ts';

/** A WebSocket client that sends any data, valid or not, and stores the replies. */
export interface RawClient {
  readonly socket: WebSocket;
  readonly heard: SimulationReply[];
  send(request: SimulationRequest): void;
  /** The next reply that was not returned yet. */
  next(): Promise<SimulationReply>;
  readonly closed: Promise<number>;
}

export function rawClient(
  url: string,
  protocols: string[] = [SIMULATION_SUBPROTOCOL],
  options: ClientOptions = {},
): Promise<RawClient> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
  const heard: SimulationReply[] = [];
  const waiting: ((reply: SimulationReply) => void)[] = [];
  let taken = 0;
  socket.on('message', (data) => {
    const reply = decodeSimulationReply(data as Buffer);
    heard.push(reply);
    const waiter = waiting.shift();
    if (waiter) {
      taken++;
      waiter(reply);
    }
  });
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  const client: RawClient = {
    socket,
    heard,
    closed,
    send: (request) => socket.send(encodeSimulationRequest(request)),
    next: () =>
      new Promise((resolve, reject) => {
        const reply = heard[taken];
        if (reply) {
          taken++;
          resolve(reply);
          return;
        }
        waiting.push(resolve);
        void closed.then((code) => reject(new Error(`closed with ${code}`)));
      }),
  };
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(client));
    socket.on('unexpected-response', (_request, response) => {
      socket.on('error', () => undefined);
      socket.terminate();
      reject(new RefusedError(response.statusCode ?? 0));
    });
    socket.on('error', reject);
  });
}

/** The handshake response had another status than 101. */
class RefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

export function hello(change: Partial<Extract<SimulationRequest, { type: 'hello' }>> = {}): SimulationRequest {
  return {
    type: 'hello',
    id: 1,
    protocolVersion: 1,
    role: 'controller',
    robot: 'pendulum',
    controlPeriodS: 0.05,
    ...change,
  };
}

/** A raw client after Hello and Spec. */
export async function greeted(
  url: string,
  change: Partial<Extract<SimulationRequest, { type: 'hello' }>> = {},
): Promise<RawClient> {
  const client = await rawClient(url);
  client.send(hello(change));
  await client.next();
  return client;
}

/** Every client of the test has had its messages handled: a request of an observer is answered in order. */
export async function settled(client: RawClient): Promise<void> {
  client.socket.ping();
  await once(client.socket, 'pong');
}
