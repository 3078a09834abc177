import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { decodeSimulationRequest, encodeSimulationReply } from '../../wire/simulation/simulation.ts';
import { SIMULATION_SUBPROTOCOL } from '../../wire/simulation/simulation-messages.ts';
import { isLoopback, reject } from './admission.ts';
import { ClientSession, CLOSE } from './client-session.ts';
import { DEFAULT_SERVER_BOUNDS, type SimulatorServerOptions } from './options.ts';
import { WorldServer } from './world-server.ts';

export interface SimulatorServer {
  /** ws://HOST:PORT as a client of this machine reaches it. */
  readonly url: string;
  readonly port: number;
  /** Stops the world, says goodbye to every client, frees the port. Harmless twice. */
  close(): Promise<void>;
}

/**
 * Serves a world over WebSocket (docs/simulator-protocol.md). Throws E_TOKEN_REQUIRED when listening beyond loopback without a token,
 * E_PORT_IN_USE, or E_CONNECT when the address cannot be listened on.
 */
export async function startSimulatorServer(options: SimulatorServerOptions): Promise<SimulatorServer> {
  const { host, port, token, robot } = options;
  const loopbackOnly = isLoopback(host);
  if (!loopbackOnly && (token === undefined || token === '')) {
    throw new SoftqdError('E_TOKEN_REQUIRED', `a simulator that listens on ${host}, beyond loopback, needs a token`, {
      values: { host },
    });
  }
  const bounds = { ...DEFAULT_SERVER_BOUNDS, ...options };
  const stage = new WorldServer(options, bounds);
  const sessions = new Set<ClientSession>();
  const http = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close', upgrade: 'websocket' });
    response.end(`softqd simulator of ${robot.name}: connect by WebSocket, subprotocol ${SIMULATION_SUBPROTOCOL}\n`);
  });
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: bounds.maxFrameBytes,
    handleProtocols: () => SIMULATION_SUBPROTOCOL,
  });
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const pendingClients = [...sessions].filter(({ role }) => role === null).length;
    const refusal =
      pendingClients >= bounds.maxPendingHandshakes
        ? ({ status: 503, message: 'too many connections' } as const)
        : reject(request, token, loopbackOnly);
    if (refusal) {
      options.telemetry?.count('simulator.connections_refused');
      answerRefusal(socket, refusal.status, refusal.message);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      admit(client, `${request.socket.remoteAddress ?? '?'}:${request.socket.remotePort ?? 0}`);
    });
  });

  function admit(client: WebSocket, address: string): void {
    const session = new ClientSession(client, address, { bounds, telemetry: options.telemetry });
    sessions.add(session);
    const cancelHello = options.clock.setTimer(options.clock.nowNs() + bounds.helloTimeoutMs * NS_PER_MS, () => {
      if (session.role === null) session.close(CLOSE.policy, 'no Hello');
    });
    client.on('message', (data, isBinary) => onMessage(session, data, isBinary));
    client.on('error', (error) => {
      // Bytes that are no WebSocket frames, or a frame beyond maxPayload: ws closes the connection itself.
      options.telemetry?.count('simulator.frames_refused');
      options.logger.warning('connection broken', { client: address, error: error.message });
    });
    client.on('close', () => {
      cancelHello();
      sessions.delete(session);
      stage.onDisconnect(session);
    });
  }

  function onMessage(session: ClientSession, data: RawData, isBinary: boolean): void {
    if (!session.open) return;
    if (!isBinary) {
      rejectFrame(
        session,
        new SoftqdError('E_FRAME_INVALID', 'text frame received; this protocol is binary'),
        CLOSE.unsupportedData,
      );
      return;
    }
    try {
      // ws hands out one Buffer: binaryType stays nodebuffer.
      const request = decodeSimulationRequest(data as Buffer, bounds.maxFrameBytes);
      stage.handle(session, request);
    } catch (error) {
      rejectFrame(session, toSoftqdError(error), CLOSE.protocolError);
    }
  }

  function rejectFrame(session: ClientSession, error: SoftqdError, closeCode: number): void {
    options.telemetry?.count('simulator.frames_refused');
    options.logger.warning('frame refused', { client: session.address, error: error.message });
    session.send(encodeSimulationReply({ type: 'error', replyTo: 0, code: error.code, message: error.message }));
    session.close(closeCode, error.code);
  }

  http.maxConnections = bounds.maxWatchers + bounds.maxPendingHandshakes + 16;
  const actualPort = await listen(http, host, port);
  stage.open();
  let closing: Promise<void> | undefined;
  return {
    url: `ws://${reachable(host)}:${actualPort}`,
    port: actualPort,
    close: () => (closing ??= shutDown()),
  };

  async function shutDown(): Promise<void> {
    stage.close();
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    for (const session of sessions) session.close(CLOSE.goingAway, 'simulator stops');
    const cancel = options.clock.setTimer(options.clock.nowNs() + 500 * NS_PER_MS, () => {
      for (const session of sessions) session.terminate();
      http.closeAllConnections();
    });
    await closed;
    cancel();
  }
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const values = { host, port };
      if (error.code === 'EADDRINUSE')
        reject(new SoftqdError('E_PORT_IN_USE', `port ${port} on ${host} is in use`, { values, cause: error }));
      else
        reject(
          new SoftqdError('E_CONNECT', `cannot listen on ${host}:${port}: ${error.message}`, { values, cause: error }),
        );
    });
    http.listen({ host, port }, () => resolve((http.address() as AddressInfo).port));
  });
}

function answerRefusal(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** An address that means "every interface" is reached through loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
