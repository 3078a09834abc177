import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../../src/base/telemetry.ts';
import { connectToDaemon, listenForLearner } from '../../../../src/experience/link/index.ts';
import { encodeFromLearner, encodeToLearner } from '../../../../src/experience/link/messages.ts';
import { withLink, takeSequences, socketClosed } from '../../../support/experience/link.ts';
import { withTemporaryDirectory } from '../../../support/temporary.ts';
import { MemoryExperience, SESSION, transition } from '../../../support/transitions.ts';

describe('a protocol error', () => {
  const hello = encodeFromLearner({
    kind: 'hello',
    protocolVersion: 1,
    hello: { cursor: { sessionUuid: '', sequence: -1 }, engine: '' },
  });
  const attacks: [string, Uint8Array, string][] = [
    ['bytes that are no message', Uint8Array.of(3, 0, 0, 0, 255, 255, 255), 'E_FRAME_INVALID'],
    ['a frame beyond the maximum', Uint8Array.of(0, 0, 0, 255, 1), 'E_FRAME_TOO_LARGE'],
    ['an empty frame', new Uint8Array(4), 'E_FRAME_INVALID'],
    ['a message before hello', encodeFromLearner({ kind: 'metrics', metrics: {} }), 'E_FRAME_INVALID'],
    ['a second hello', Buffer.concat([hello, hello]), 'E_FRAME_INVALID'],
    ['text of another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'E_FRAME_TOO_LARGE'],
    [
      'another version',
      encodeFromLearner({
        kind: 'hello',
        protocolVersion: 9,
        hello: { cursor: { sessionUuid: '', sequence: -1 }, engine: '' },
      }),
      'E_PROTOCOL_MISMATCH',
    ],
  ];
  for (const [what, bytes, code] of attacks) {
    it(`closes the connection, is counted and named: ${what}`, () =>
      withLink('real-time', async ({ socketPath, link, telemetry, learn, drive }) => {
        const alert = firstValueFrom(link.alerts$);
        const socket = connect(socketPath);
        socket.resume();
        socket.write(bytes);
        await socketClosed(socket);
        assert.equal((await alert).code, code);
        assert.equal(telemetry.counters.get('learnerLink.malformedFrames'), 1);
        const connection = await learn();
        drive(1);
        assert.deepEqual(await takeSequences(connection, 1), [0]);
      }));
  }

  it('is also rejected by the learner', () =>
    withTemporaryDirectory(async (directory) => {
      const { createServer } = await import('node:net');
      const answers: [Uint8Array, string][] = [
        [Uint8Array.of(3, 0, 0, 0, 255, 255, 255), 'E_FRAME_INVALID'],
        [encodeToLearner({ kind: 'transition', transition: transition(0) }), 'E_FRAME_INVALID'],
        [
          encodeToLearner({
            kind: 'welcome',
            protocolVersion: 2,
            welcome: { sessionUuid: '', lockStep: false, policyVersion: 0 },
          }),
          'E_PROTOCOL_MISMATCH',
        ],
      ];
      for (const [i, [bytes, code]] of answers.entries()) {
        const server = createServer((socket) => socket.on('error', () => undefined).write(bytes));
        const socketPath = join(directory, `s${i}`);
        await new Promise<void>((resolve) => server.listen(socketPath, resolve));
        const hello = { cursor: { sessionUuid: '', sequence: -1 }, engine: '' };
        await assert.rejects(connectToDaemon({ socketPath, hello, signal: new AbortController().signal }), { code });
        server.close();
      }
      const absent = {
        socketPath: join(directory, 'absent'),
        hello: { cursor: { sessionUuid: '', sequence: -1 }, engine: '' },
      };
      await assert.rejects(connectToDaemon({ ...absent, signal: new AbortController().signal }), { code: 'E_CONNECT' });
    }));
});

describe('the socket of the learner link', () => {
  const options = (socketPath: string): Parameters<typeof listenForLearner>[0] => ({
    socketPath,
    sessionUuid: SESSION,
    source: new MemoryExperience(),
    mode: 'real-time',
    maxQueuedBytes: 1000,
    logger: new RecordingLogger(),
    telemetry: new MemoryTelemetry(),
    signal: new AbortController().signal,
  });

  it('must have a path within the limit of the kernel', async () => {
    await assert.rejects(listenForLearner(options(`/tmp/${'x'.repeat(120)}`)), {
      code: 'E_CONNECT',
      message: /125 bytes/,
    });
  });

  it('is replaced when its daemon has exited, not while it is running', () =>
    withTemporaryDirectory(async (directory) => {
      const socketPath = join(directory, 'new-directory', 'link');
      const link = await listenForLearner(options(socketPath));
      await assert.rejects(listenForLearner(options(socketPath)), { code: 'E_PORT_IN_USE' });
      await link.close();
      const { spawnSync } = await import('node:child_process');
      const script = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
      spawnSync(process.execPath, ['-e', script]);
      assert.ok(existsSync(socketPath));
      await (await listenForLearner(options(socketPath))).close();
    }));

  it('does not replace a file that is not a socket', () =>
    withTemporaryDirectory(async (directory) => {
      mkdirSync(join(directory, 'd'));
      const socketPath = join(directory, 'd', 'link');
      writeFileSync(socketPath, 'precious');
      await assert.rejects(listenForLearner(options(socketPath)), { code: 'E_PORT_IN_USE' });
      assert.ok(existsSync(socketPath));
    }));
});
