import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { clearDaemonFault, daemonStatus, serveControl, stopDaemon } from '../../../src/api/index.ts';
import { controlPaths, readDaemonFile, runningDaemons } from '../../../src/processes/index.ts';
import type { DaemonControl, DaemonStatus } from '../../../src/runs/daemon/index.ts';
import { skipUnless } from '../../support/skips.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';

const status = { robot: 'arm', state: 'armed', reason: null } as unknown as DaemonStatus;
const stopped = { event: 'stopped', robot: 'arm', confirmed: true } as const;

function fakeDaemon(): { daemon: DaemonControl; calls: string[] } {
  const calls: string[] = [];
  const daemon = {
    ...{ robot: 'arm', id: null, status: () => status },
    stop: (kind: string) => {
      calls.push(kind);
      return Promise.resolve(stopped);
    },
    clearFault: () => {
      calls.push('clear');
      return null;
    },
  } as unknown as DaemonControl;
  return { daemon, calls };
}

const serving = { run: '/runs/1', driver: 'feetech:/dev/x', isHardware: true, group: null, info: () => undefined };

/** What the socket answers to a line; null: it closes the connection. */
function raw(path: string, line: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(line));
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (text.endsWith('\n')) socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text === '' ? null : text));
  });
}

/** A group of this process: its line in /etc/group. */
function ownGroup(): readonly string[] {
  const gid = String(process.getgid!());
  const lines = readFileSync('/etc/group', 'utf8').split('\n');
  return lines.map((line) => line.split(':')).find((entry) => entry[2] === gid)!;
}

/** What another user gets for a request to stop: the reply, or the code of the error. */
function asUser(path: string, uid: number, gid: number): Promise<string> {
  const program = `const s = require('node:net').connect(process.argv[1], () => s.write('{"command":"stop"}\\n'));
    s.on('data', (text) => { console.log(String(text)); s.end(); });
    s.on('error', ({ code }) => console.log(code));`;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program, path], { uid, gid, cwd: '/' }, (error, stdout) =>
      error === null ? resolve(stdout.trim()) : reject(new Error(error.message)),
    );
  });
}

describe('the control socket', () => {
  it('reports the state, stops and clears, for this user alone, and is gone afterwards', () =>
    withTemporaryDirectory(async (dataDirectory) => {
      const { daemon, calls } = fakeDaemon();
      const close = await serveControl({ ...serving, dataDirectory, daemon });
      const [file, ...others] = runningDaemons(dataDirectory);
      assert.deepEqual(others, []);
      assert.equal(file!.pid, process.pid);
      assert.equal(statSync(file!.socket!).mode & 0o777, 0o600);
      assert.deepEqual(await daemonStatus(file!), status);
      assert.deepEqual(await stopDaemon(file!, true), stopped);
      assert.equal(await clearDaemonFault(file!), null);
      assert.deepEqual(calls, ['park', 'clear']);
      await close();
      assert.deepEqual(runningDaemons(dataDirectory), []);
      await assert.rejects(daemonStatus(file!), { code: 'E_NO_DAEMON' });
    }));

  it('members of api.group may read and stop, not clear: a second socket, 0660, of that group', () =>
    withTemporaryDirectory(async (dataDirectory) => {
      const { daemon, calls } = fakeDaemon();
      const [name, , gid] = ownGroup();
      const close = await serveControl({ ...serving, dataDirectory, daemon, group: name! });
      const { socket, groupSocket } = controlPaths(dataDirectory, 'arm', null);
      assert.deepEqual([statSync(socket).mode & 0o777, statSync(groupSocket).mode & 0o777], [0o600, 0o660]);
      assert.equal(statSync(groupSocket).gid, Number(gid));
      // Members reach it through a directory that they may not change.
      assert.equal(statSync(dirname(groupSocket)).mode & 0o022, 0);
      assert.deepEqual(JSON.parse((await raw(groupSocket, '{"command":"status"}\n'))!), { result: status });
      assert.match((await raw(groupSocket, '{"command":"stop"}\n'))!, /confirmed/);
      assert.match((await raw(groupSocket, '{"command":"clear-fault"}\n'))!, /E_UNAUTHORIZED/);
      assert.match((await raw(groupSocket, '{"command":"arm"}\n'))!, /E_USAGE/);
      assert.deepEqual(calls, ['stop']);
      await close();
      assert.deepEqual([existsSync(socket), existsSync(groupSocket)], [false, false]);
      await assert.rejects(serveControl({ ...serving, dataDirectory, daemon, group: 'no-such-group' }), {
        code: 'E_CONFIG_VALUE',
      });
    }));

  it('another user who is in the group can stop and another one who is not cannot connect', function () {
    skipUnless(this, process.getuid?.() === 0, 'root, to become another user');
    return withTemporaryDirectory(async (dataDirectory) => {
      chmodSync(dataDirectory, 0o755);
      const { daemon, calls } = fakeDaemon();
      const close = await serveControl({ ...serving, dataDirectory, daemon, group: ownGroup()[0]! });
      const { socket, groupSocket } = controlPaths(dataDirectory, 'arm', null);
      const gid = statSync(groupSocket).gid;
      assert.match(await asUser(groupSocket, 65_534, gid), /confirmed/);
      assert.equal(await asUser(groupSocket, 65_534, 65_534), 'EACCES');
      assert.equal(await asUser(socket, 65_534, gid), 'EACCES');
      assert.deepEqual(calls, ['stop']);
      await close();
    });
  });

  it('rejects what is no request, and closes a connection that sends too much', () =>
    withTemporaryDirectory(async (dataDirectory) => {
      const { daemon, calls } = fakeDaemon();
      const close = await serveControl({ ...serving, dataDirectory, daemon });
      const { socket } = controlPaths(dataDirectory, 'arm', null);
      assert.match((await raw(socket, 'nonsense\n')) ?? '', /E_USAGE/);
      assert.match((await raw(socket, '{"command":"exec"}\n')) ?? '', /E_USAGE/);
      assert.match((await raw(socket, 'null\n')) ?? '', /E_USAGE/);
      assert.equal(await raw(socket, 'x'.repeat(5000)), null);
      assert.deepEqual(calls, []);
      await close();
    }));

  it('a socket and a file that a dead process left are replaced', () =>
    withTemporaryDirectory(async (dataDirectory) => {
      const paths = controlPaths(dataDirectory, 'arm', null);
      mkdirSync(dirname(paths.socket), { recursive: true });
      writeFileSync(paths.socket, '');
      writeFileSync(paths.file, JSON.stringify({ pid: process.pid, startedAt: '1', robot: 'arm', run: '/runs/0' }));
      assert.equal(readDaemonFile(paths.file), null);
      const { daemon } = fakeDaemon();
      const close = await serveControl({ ...serving, dataDirectory, daemon });
      assert.deepEqual(await daemonStatus(readDaemonFile(paths.file)!), status);
      await close();
    }));

  it('a daemon that does not respond is named as such', () =>
    withTemporaryDirectory(async (directory) => {
      const socket = join(directory, 'frozen.sock');
      const server = createServer(() => undefined).listen(socket);
      const daemon = { robot: 'arm', pid: 7, socket, groupSocket: null };
      await assert.rejects(daemonStatus(daemon), { code: 'E_DAEMON_NOT_RESPONDING', message: /process 7/ });
      server.close();
    }));

  it('long directories have their sockets elsewhere, the same ones for every process', () => {
    const deep = `/${'d'.repeat(120)}`;
    const { socket, holdSocket, file } = controlPaths(deep, 'arm', 'left');
    assert.ok(Buffer.byteLength(socket) <= 103, socket);
    assert.notEqual(socket, holdSocket);
    assert.equal(controlPaths(deep, 'arm', 'left').socket, socket);
    assert.equal(file, `${deep}/control/arm-left.json`);
  });
});
