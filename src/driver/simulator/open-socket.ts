import type { WebSocket } from 'ws';
import { SoftqdError } from '../../base/errors.ts';
import { MAX_SIMULATION_FRAME_BYTES, SIMULATION_SUBPROTOCOL } from '../../wire/simulation/simulation-messages.ts';
import { openWebSocket } from '../connection/open-web-socket.ts';
import type { ConnectSimulatorOptions } from './options.ts';

/**
 * Opens the WebSocket. Throws E_USAGE for an invalid URL, E_UNAUTHORIZED (401, 403), E_PROTOCOL_MISMATCH for a server with another
 * subprotocol, E_TIMEOUT, else E_CONNECT.
 */
export async function openSocket(options: ConnectSimulatorOptions, timeoutMs: number): Promise<WebSocket> {
  const { url, token, signal } = options;
  rejectBadUrl(url);
  return openWebSocket({
    url,
    protocols: [SIMULATION_SUBPROTOCOL],
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    maxMessageBytes: options.maxFrameBytes ?? MAX_SIMULATION_FRAME_BYTES,
    timeoutMs,
    signal,
    failed: (error) => connectError(url, error),
    refused: (status, text) => rejectionError(url, status, text),
  });
}

function rejectBadUrl(url: string): void {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new SoftqdError('E_USAGE', `'${url}' is not a URL; a simulator is ws://HOST:PORT`, { cause });
  }
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:')
    throw new SoftqdError('E_USAGE', `'${url}' is not a ws:// or wss:// URL`);
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '') {
    throw new SoftqdError(
      'E_USAGE',
      'a simulator URL must not contain user, password or query; pass the token with --token-file',
      { values: { host: parsed.host } },
    );
  }
}

function connectError(url: string, error: Error): SoftqdError {
  const values = { url };
  if (error.message.includes('subprotocol')) {
    return new SoftqdError('E_PROTOCOL_MISMATCH', `${url} does not speak ${SIMULATION_SUBPROTOCOL}: ${error.message}`, {
      cause: error,
      values,
    });
  }
  if (error.message.includes('timed out'))
    return new SoftqdError('E_TIMEOUT', `${url} did not answer: ${error.message}`, { cause: error, values });
  const reason = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return new SoftqdError('E_CONNECT', `cannot connect to the simulator at ${url}: ${reason}`, { cause: error, values });
}

function rejectionError(url: string, status: number, text: string): SoftqdError {
  const values = { url, status };
  const quoted = text === '' ? `HTTP ${status}` : `${text} (HTTP ${status})`;
  if (status === 401 || status === 403)
    return new SoftqdError('E_UNAUTHORIZED', `${url} refuses: ${quoted}`, { values });
  if (status === 400) return new SoftqdError('E_PROTOCOL_MISMATCH', `${url} refuses: ${quoted}`, { values });
  return new SoftqdError('E_CONNECT', `${url} responded ${quoted}`, { values });
}
