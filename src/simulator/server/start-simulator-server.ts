import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { SIMULATION_SUBPROTOCOL } from '../../wire/simulation/simulation-messages.ts';
import { isLoopback, reject } from './admission.ts';
import { ClientConnections } from './client-connections.ts';
import { createUpgradeServer, listen, reachableHost, rejectUpgrade } from './http-server.ts';
import { DEFAULT_SERVER_BOUNDS, type ServerBounds, type SimulatorServerOptions } from './options.ts';
import { WorldServer } from './world-server.ts';

/** After this time, connections that have not closed are terminated. */
const CLOSE_TIMEOUT_MS = 500;

export interface SimulatorServer {
  /** ws://HOST:PORT for clients on this machine. */
  readonly url: string;
  readonly port: number;
  /** Stops the world, closes every connection and frees the port. A second call has no effect. */
  close(): Promise<void>;
}

/**
 * Serves a world over WebSocket (docs/simulator-protocol.md). Throws E_TOKEN_REQUIRED when listening beyond loopback without a token,
 * E_PORT_IN_USE, or E_CONNECT when it cannot listen on the address.
 */
export async function startSimulatorServer(options: SimulatorServerOptions): Promise<SimulatorServer> {
  const { host, port, token, robot } = options;
  if (!isLoopback(host) && (token === undefined || token === '')) {
    throw new SoftqdError('E_TOKEN_REQUIRED', `a simulator that listens on ${host}, beyond loopback, needs a token`, {
      values: { host },
    });
  }
  const bounds = { ...DEFAULT_SERVER_BOUNDS, ...options };
  const world = new WorldServer(options, bounds);
  const clients = new ClientConnections(options, bounds, world);
  const http = createUpgradeServer(robot.name, bounds.maxWatchers + bounds.maxPendingHandshakes + 16);
  acceptUpgrades(http, clients, options, bounds);
  const actualPort = await listen(http, host, port);
  world.open();
  let closing: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    world.close();
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    clients.closeAll();
    const cancel = options.clock.setTimer(options.clock.nowNs() + CLOSE_TIMEOUT_MS * NS_PER_MS, () => {
      clients.terminateAll();
      http.closeAllConnections();
    });
    await closed;
    cancel();
  };
  return {
    url: `ws://${reachableHost(host)}:${actualPort}`,
    port: actualPort,
    close: () => (closing ??= shutDown()),
  };
}

function acceptUpgrades(
  http: Server,
  clients: ClientConnections,
  { host, token, telemetry }: SimulatorServerOptions,
  bounds: ServerBounds,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: bounds.maxFrameBytes,
    handleProtocols: () => SIMULATION_SUBPROTOCOL,
  });
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const rejection =
      clients.pendingHandshakes >= bounds.maxPendingHandshakes
        ? ({ status: 503, message: 'too many connections' } as const)
        : reject(request, token, isLoopback(host));
    if (rejection) {
      telemetry?.count('simulator.connections_refused');
      rejectUpgrade(socket, rejection.status, rejection.message);
      return;
    }
    const { remoteAddress = '?', remotePort = 0 } = request.socket;
    sockets.handleUpgrade(request, socket, head, (client) => clients.add(client, `${remoteAddress}:${remotePort}`));
  });
}
