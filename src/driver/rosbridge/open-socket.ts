import type { WebSocket } from 'ws';
import { SoftqdError } from '../../base/errors.ts';
import { openWebSocket } from '../connection/open-web-socket.ts';

/** Max length of a quoted HTTP error. */
const MAX_QUOTE = 200;

export interface OpenSocketOptions {
  /** ws:// or wss://. */
  readonly address: string;
  readonly timeoutMs: number;
  readonly maxMessageBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the WebSocket; rosbridge has no subprotocol. Throws E_CONNECT (connection refused, unknown host, invalid certificate,
 * canceled), E_TIMEOUT (no response), E_PROTOCOL_MISMATCH (not a WebSocket server, or one that requires a subprotocol).
 */
export function openRosbridgeSocket({
  address,
  timeoutMs,
  maxMessageBytes,
  signal,
}: OpenSocketOptions): Promise<WebSocket> {
  return openWebSocket({
    url: address,
    maxMessageBytes,
    timeoutMs,
    signal,
    failed: (error) => connectError(address, error),
    refused: (status, text) => notRosbridge(address, httpAnswer(status, text.slice(0, MAX_QUOTE))),
  });
}

function httpAnswer(status: number, text: string): string {
  const line = text.replace(/<[^>]*>|\s+/g, ' ').trim();
  return `it answers HTTP ${status}${line === '' ? '' : ` (${line})`}`;
}

function notRosbridge(address: string, why: string, cause?: Error): SoftqdError {
  return new SoftqdError('E_PROTOCOL_MISMATCH', `${address} is not a rosbridge server: ${why}`, {
    hint: 'Start one on the ROS side: ros2 launch rosbridge_server rosbridge_websocket_launch.xml (its port is 9090).',
    values: { address },
    ...(cause === undefined ? {} : { cause }),
  });
}

function connectError(address: string, error: Error): SoftqdError {
  const { message } = error;
  const code = 'code' in error ? String(error.code) : '';
  if (/subprotocol|Sec-WebSocket|Parse Error|HPE_|status code/i.test(`${message} ${code}`))
    return notRosbridge(address, message, error);
  const options = { cause: error, values: { address, code } };
  if (message.includes('timed out'))
    return new SoftqdError('E_TIMEOUT', `${address} did not answer: ${message}`, options);
  return new SoftqdError('E_CONNECT', `cannot connect to rosbridge at ${address}: ${message === '' ? code : message}`, {
    ...options,
    hint: 'Start it on the ROS side: ros2 launch rosbridge_server rosbridge_websocket_launch.xml; its port is 9090.',
  });
}
