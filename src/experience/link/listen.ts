import { chmodSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { SoftqdError } from '../../base/errors.ts';
import type { LearnerLink } from '../port.ts';
import { SocketLearnerLink, type DaemonLinkOptions } from './daemon-link.ts';
import { prepareSocketPath } from './socket-path.ts';

export interface ListenOptions extends DaemonLinkOptions {
  /** A unix domain socket; at most 107 bytes, in a directory that others cannot enter (`privateSocketPath`). */
  readonly socketPath: string;
  /** Ends the link at once, without asking the learner. */
  readonly signal: AbortSignal;
}

/**
 * Opens the daemon's end of the learner link. A socket file without a listening process is replaced.
 * Throws E_CONNECT (path too long, not permitted) or E_PORT_IN_USE (another daemon listens there).
 */
export async function listenForLearner(options: ListenOptions): Promise<LearnerLink> {
  const { socketPath, signal } = options;
  signal.throwIfAborted();
  prepareSocketPath(socketPath);
  const link = new SocketLearnerLink(options);
  const server = createServer((socket) => link.accept(socket));
  await listen(server, socketPath);
  const end = (): void => {
    server.close();
    if (!socketPath.startsWith('\0')) rmSync(socketPath, { force: true });
  };
  link.connected$.subscribe({ complete: end });
  signal.addEventListener('abort', () => link.destroy(), { once: true });
  return link;
}

async function listen(server: Server, socketPath: string): Promise<void> {
  try {
    await tryListen(server, socketPath);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw refused(socketPath, cause);
    if (socketPath.startsWith('\0') || (await isSocketInUse(socketPath)) || !statSync(socketPath).isSocket()) {
      throw new SoftqdError('E_PORT_IN_USE', `another process is listening on ${socketPath}`, {
        cause,
        values: { socketPath },
      });
    }
    rmSync(socketPath);
    await tryListen(server, socketPath).catch((error: unknown) => {
      throw refused(socketPath, error);
    });
  }
  if (!socketPath.startsWith('\0')) chmodSync(socketPath, 0o600);
}

function tryListen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isSocketInUse(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function refused(socketPath: string, cause: unknown): SoftqdError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SoftqdError('E_CONNECT', `cannot listen for a learner at ${socketPath}: ${reason}`, {
    cause,
    values: { socketPath },
  });
}
