import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { SoftqdError } from '../../base/errors.ts';
import { SIMULATION_SUBPROTOCOL } from '../../wire/simulation/simulation-messages.ts';

/** An HTTP server that responds with 426 to every request except upgrades. */
export function createUpgradeServer(robot: string, maxConnections: number): Server {
  const http = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close', upgrade: 'websocket' });
    response.end(`softqd simulator of ${robot}: connect by WebSocket, subprotocol ${SIMULATION_SUBPROTOCOL}\n`);
  });
  http.maxConnections = maxConnections;
  return http;
}

/** Resolves with the port. Throws E_PORT_IN_USE, else E_CONNECT. */
export function listen(http: Server, host: string, port: number): Promise<number> {
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

/** Rejects an upgrade request with an HTTP error and closes the socket. */
export function rejectUpgrade(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The host to which a client on this machine connects; loopback for the unspecified address. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
