import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory-adapter.ts';
import type { DaemonControl } from '../../runs/daemon/index.ts';
import { MAX_REQUEST_BYTES, parseRequest, type ControlReply, type ControlRequest } from './protocol.ts';

export interface ControlServerOptions {
  readonly path: string;
  readonly daemon: DaemonControl;
  /** Members of this group may connect; they may read and stop, and nothing else. null: only this user, who may do everything. */
  readonly groupId: number | null;
}

const MAX_CONNECTIONS = 16;
/** A connection without a request is closed after this time, ms. */
const IDLE_TIMEOUT_MS = 10_000;
/** How long pending replies may take to be sent when the server closes, ms. */
const CLOSE_TIMEOUT_MS = 500;

/**
 * Listens on a control socket until the returned function is called. A socket that a dead process left is replaced. Who may connect is
 * decided by the mode of the socket: 0600, or 0660 for a group. Throws E_CONNECT.
 */
export async function listenForControl(options: ControlServerOptions): Promise<() => Promise<void>> {
  const { path } = options;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, options);
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    makeDirectory(dirname(path), 0o755);
    rmSync(path, { force: true });
    await listen(server, options);
  } catch (cause) {
    throw new SoftqdError('E_CONNECT', `cannot listen on the control socket ${path}: ${(cause as Error).message}`, {
      hint: 'Choose a writable directory with --data DIR.',
      values: { path },
      cause,
    });
  }
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), CLOSE_TIMEOUT_MS);
    for (const socket of sockets) socket.end();
    await closed;
    clearTimeout(timer);
  };
}

/** Only this user can connect before the mode is set. */
function listen(server: Server, { path, groupId }: ControlServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const mask = process.umask(0o177);
    try {
      // The socket is bound before `listen` returns.
      server.listen(path, () => resolve());
    } finally {
      process.umask(mask);
    }
    if (groupId === null) return;
    chownSync(path, -1, groupId);
    chmodSync(path, 0o660);
  });
}

function serve(socket: Socket, options: ControlServerOptions): void {
  let text = '';
  let replies = Promise.resolve();
  socket.setEncoding('utf8');
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    if (text.length > MAX_REQUEST_BYTES) {
      socket.destroy();
      return;
    }
    for (const line of lines) replies = replies.then(() => reply(socket, line, options));
  });
  socket.on('end', () => void replies.then(() => socket.end()));
}

async function reply(socket: Socket, line: string, options: ControlServerOptions): Promise<void> {
  // A stop takes as long as the robot needs.
  socket.setTimeout(0);
  let answer: ControlReply;
  try {
    answer = { result: await carryOut(parseRequest(line), options) };
  } catch (thrown) {
    answer = toSoftqdError(thrown).toJSON();
  }
  socket.setTimeout(IDLE_TIMEOUT_MS);
  if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
}

function carryOut(request: ControlRequest, { daemon, groupId }: ControlServerOptions): unknown {
  switch (request.command) {
    case 'status':
      return daemon.status();
    case 'stop':
      return daemon.stop(request.park ? 'park' : 'stop');
    case 'clear-fault':
      if (groupId === null) return daemon.clearFault();
      throw new SoftqdError('E_UNAUTHORIZED', 'members of api.group may read and stop, not clear faults', {
        hint: 'Run softqd clear-fault as the user of the daemon.',
      });
  }
}
