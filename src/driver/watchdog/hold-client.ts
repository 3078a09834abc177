import { connect } from 'node:net';
import type { HeldJointState } from '../../servo/stop/index.ts';

/** What the watchdog process that holds a robot reports. */
export interface HoldStatus {
  readonly state: 'holding';
  readonly robot: string;
  readonly pid: number;
  readonly joints: readonly HeldJointState[];
}

/** How long the watchdog process has to respond to a request. A stop is confirmed joint by joint. */
const RESPONSE_TIMEOUT_MS = 10_000;
const MAX_RESPONSE_LENGTH = 65_536;

/** Which joints the watchdog process at this socket holds; null when there is none. */
export async function holdStatus(socketPath: string): Promise<HoldStatus | null> {
  return (await request(socketPath, 'status')) as HoldStatus | null;
}

/**
 * Ends the watchdog process that holds the robot: it writes nothing, closes the port and exits; the servos continue to hold. Resolves when
 * the port is free. False when there is none.
 */
export async function releaseHold(socketPath: string): Promise<boolean> {
  return (await request(socketPath, 'release')) !== null;
}

/** Changes every held joint to its mode after the hold now. False when nothing is held. */
export async function stopHold(socketPath: string): Promise<boolean> {
  return (await request(socketPath, 'stop')) !== null;
}

/** The response, or null without one: no socket, no listener, or no valid response in time. Resolves when the connection is closed. */
function request(socketPath: string, name: 'status' | 'release' | 'stop'): Promise<object | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(socketPath);
    const timer = setTimeout(() => socket.destroy(), RESPONSE_TIMEOUT_MS);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify({ request: name })}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_RESPONSE_LENGTH) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(parse(text));
    });
  });
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
