import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BEARER_SUBPROTOCOL_PREFIX, SIMULATION_SUBPROTOCOL } from '../../wire/simulation/simulation-messages.ts';

export interface Rejection {
  readonly status: 400 | 401 | 403;
  /** Sent as the body of the HTTP response. */
  readonly message: string;
}

/** true for names and addresses that are reachable only from this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/**
 * Checks a client before the WebSocket handshake; null accepts it. A browser page (any request with an Origin) is accepted only from
 * the same host, and on loopback only with a loopback name, so that another name resolved to 127.0.0.1 is rejected.
 */
export function reject(request: IncomingMessage, token: string | undefined, loopbackOnly: boolean): Rejection | null {
  const protocols = offeredProtocols(request);
  const { origin, host = '' } = request.headers;
  if (origin !== undefined && !sameHost(origin, host)) {
    return { status: 403, message: `pages from ${origin.slice(0, 128)} may not use this simulator` };
  }
  if (loopbackOnly && origin !== undefined && !isLoopback(hostName(host))) {
    return { status: 403, message: `this simulator accepts loopback host names only, not ${host.slice(0, 128)}` };
  }
  if (token !== undefined && !tokensOf(request, protocols).some((offered) => sameSecret(offered, token))) {
    return { status: 401, message: 'token required: Authorization: Bearer TOKEN, or subprotocol bearer.TOKEN' };
  }
  if (!protocols.includes(SIMULATION_SUBPROTOCOL)) {
    return {
      status: 400,
      message: `this server speaks the subprotocol ${SIMULATION_SUBPROTOCOL}, the client offered ${describeProtocols(protocols)}`,
    };
  }
  return null;
}

function offeredProtocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

function describeProtocols(protocols: readonly string[]): string {
  const named = protocols.filter((protocol) => !protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX));
  return named.length === 0 ? 'none' : named.join(', ').slice(0, 128);
}

function tokensOf(request: IncomingMessage, protocols: readonly string[]): string[] {
  const header = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const offered = protocols.find((protocol) => protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX));
  return [header, offered?.slice(BEARER_SUBPROTOCOL_PREFIX.length)].filter((token) => token !== undefined);
}

/** Constant-time comparison: the duration depends neither on the secrets nor on where they differ. */
function sameSecret(offered: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(expected));
}

function sameHost(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === new URL(`http://${host}`).host;
  } catch {
    return false;
  }
}

function hostName(host: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
}
