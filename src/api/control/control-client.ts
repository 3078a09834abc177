import { connect } from 'node:net';
import { SoftqdError } from '../../base/errors.ts';
import type { DaemonFile } from '../../processes/index.ts';
import type { DaemonStatus } from '../../runs/daemon/index.ts';
import type { StoppedEvent } from '../../runs/index.ts';
import type { StickyFault } from '../../runs/sticky-faults/index.ts';
import { MAX_REPLY_BYTES, type ControlReply, type ControlRequest } from './protocol.ts';

type Daemon = Pick<DaemonFile, 'robot' | 'pid' | 'socket' | 'groupSocket'>;

const STATUS_TIMEOUT_MS = 2000;
/** Parking, deceleration and confirmation. */
const STOP_TIMEOUT_MS = 20_000;

/** Throws E_NO_DAEMON, E_DAEMON_NOT_RESPONDING, E_UNAUTHORIZED, and so do the other two. */
export async function daemonStatus(daemon: Daemon): Promise<DaemonStatus> {
  return (await request(daemon, { command: 'status' }, STATUS_TIMEOUT_MS)) as DaemonStatus;
}

/** Stops the daemon; resolves when the joints have their stop modes, with null when nothing was armed. */
export async function stopDaemon(daemon: Daemon, park: boolean): Promise<StoppedEvent | null> {
  return (await request(daemon, { command: 'stop', park }, STOP_TIMEOUT_MS)) as StoppedEvent | null;
}

/** Clears the kept fault and returns it; null: there was none. */
export async function clearDaemonFault(daemon: Daemon): Promise<StickyFault | null> {
  return (await request(daemon, { command: 'clear-fault' }, STATUS_TIMEOUT_MS)) as StickyFault | null;
}

/** Over the socket of the user, or over that of the group where this is another user. */
async function request(daemon: Daemon, message: ControlRequest, timeoutMs: number): Promise<unknown> {
  const { robot, pid, socket, groupSocket } = daemon;
  const values = { robot, pid };
  if (socket === null) throw new SoftqdError('E_NO_DAEMON', `the daemon of ${robot} has no control socket`, { values });
  const answer = await send(socket, message, timeoutMs)
    .catch((thrown: unknown) => {
      if (groupSocket !== null && isDenied(thrown)) return send(groupSocket, message, timeoutMs);
      throw thrown;
    })
    .catch((thrown: unknown) => {
      throw connectError(thrown, daemon);
    });
  if (answer === null) {
    throw new SoftqdError('E_DAEMON_NOT_RESPONDING', `the daemon of ${robot} (process ${pid}) does not respond`, {
      values,
    });
  }
  if ('result' in answer) return answer.result;
  const { code, message: text, ...options } = answer.error;
  throw new SoftqdError(code, text, options);
}

function isDenied(thrown: unknown): boolean {
  return ['EACCES', 'EPERM'].includes((thrown as NodeJS.ErrnoException).code ?? '');
}

function connectError(thrown: unknown, { robot, pid }: Daemon): SoftqdError {
  const values = { robot, pid };
  return isDenied(thrown)
    ? new SoftqdError('E_UNAUTHORIZED', `the control socket of ${robot} belongs to another user`, {
        hint: 'Run the command as the user of the daemon, or set api.group for it.',
        values,
        cause: thrown,
      })
    : new SoftqdError('E_NO_DAEMON', `the daemon of ${robot} has ended: ${(thrown as Error).message}`, {
        values,
        cause: thrown,
      });
}

/** One line out, one line back; null: no complete line in time. Rejects with the error of the connection. */
function send(path: string, message: ControlRequest, timeoutMs: number): Promise<ControlReply | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    const finish = (reply: ControlReply | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(() => finish(null), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(message)}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('\n')) finish(JSON.parse(text) as ControlReply);
      else if (text.length > MAX_REPLY_BYTES) finish(null);
    });
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.on('close', () => finish(null));
  });
}
