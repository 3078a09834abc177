import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../../src/base/telemetry.ts';
import {
  connectToDaemon,
  listenForLearner,
  privateSocketPath,
  type DaemonConnection,
} from '../../../../src/experience/link/index.ts';
import {
  encodeFromLearner,
  encodeToLearner,
  type FromLearnerMessage,
} from '../../../../src/experience/link/messages.ts';
import type { Cursor, LearnerAlert, LearnerLink, PolicyBytes, StepDone } from '../../../../src/experience/port.ts';
import { withTemporaryDirectory } from '../../../support/temporary.ts';
import { MemoryExperience, SESSION, transition } from '../../../support/transitions.ts';

interface Fixture {
  readonly link: LearnerLink;
  readonly log: MemoryExperience;
  readonly telemetry: MemoryTelemetry;
  readonly alerts: LearnerAlert[];
  readonly socketPath: string;
  readonly learn: (cursor?: Cursor) => Promise<DaemonConnection>;
  /** Appends to log and link. */
  readonly drive: (count: number) => void;
}

async function withLink(
  mode: 'lock-step' | 'real-time',
  use: (fixture: Fixture) => Promise<void>,
  maxQueuedBytes = 1e5,
): Promise<void> {
  const { path: socketPath, remove } = privateSocketPath();
  const log = new MemoryExperience();
  const telemetry = new MemoryTelemetry();
  const stop = new AbortController();
  const logger = new RecordingLogger();
  const options = {
    socketPath,
    sessionUuid: SESSION,
    source: log,
    mode,
    maxQueuedBytes,
    logger,
    telemetry,
    signal: stop.signal,
  };
  const link = await listenForLearner(options);
  const alerts: LearnerAlert[] = [];
  link.alerts$.subscribe((alert) => alerts.push(alert));
  let next = 0;
  try {
    await use({
      link,
      log,
      telemetry,
      alerts,
      socketPath,
      learn: (cursor = { sessionUuid: '', sequence: -1 }) =>
        connectToDaemon({ socketPath, hello: { cursor, engine: 'test' }, signal: stop.signal }),
      drive: (count) => {
        for (let i = 0; i < count; i++) {
          const t = transition(next++);
          log.transitions.push(t);
          link.append(t);
        }
      },
    });
  } finally {
    stop.abort();
    remove();
  }
}

async function takeSequences(connection: DaemonConnection, count: number): Promise<number[]> {
  const sequences: number[] = [];
  while (sequences.length < count) {
    const task = await connection.receive();
    assert.ok(task?.kind === 'transition');
    sequences.push(task.transition.sequence);
  }
  return sequences;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));
const snapshot = (version: number): PolicyBytes => {
  const bytes = Uint8Array.of(version, 1, 2);
  return { version, sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
};

describe('the learner link', () => {
  it('sends what the log has after the cursor and then what happens, without a gap', () =>
    withLink('real-time', async ({ learn, drive }) => {
      drive(50);
      const connection = await learn({ sessionUuid: SESSION, sequence: 9 });
      assert.deepEqual(connection.welcome, { sessionUuid: SESSION, lockStep: false, policyVersion: 0 });
      assert.deepEqual(await takeSequences(connection, 40), range(10, 50));
      drive(5);
      assert.deepEqual(await takeSequences(connection, 5), range(50, 55));
      const first = await takeSequences(await learn({ sessionUuid: SESSION, sequence: -1 }), 55);
      assert.deepEqual(first, range(0, 55));
    }));

  it('joins log and present through the window while the log is behind', () =>
    withLink('real-time', async ({ learn, drive, log }) => {
      log.flushed = 30;
      drive(100);
      const connection = await learn();
      drive(20);
      assert.deepEqual(await takeSequences(connection, 120), range(0, 120));
    }));

  it('waits for the log when its end and the window do not meet yet', () =>
    withLink(
      'real-time',
      async ({ learn, drive, log }) => {
        log.flushed = 10;
        drive(100);
        const connection = await learn();
        assert.deepEqual(await takeSequences(connection, 10), range(0, 10));
        await delay(30);
        assert.equal(connection.tryReceive(), null);
        log.flushed = Infinity;
        assert.deepEqual(await takeSequences(connection, 90), range(10, 100));
      },
      5000,
    ));

  it('gives a learner of an earlier session the rest of that one first', () =>
    withLink('real-time', async ({ learn, drive, log }) => {
      const earlier = 'earlier-session';
      for (let i = 0; i < 10; i++) log.transitions.push(transition(i, { sessionUuid: earlier }));
      drive(3);
      const connection = await learn({ sessionUuid: earlier, sequence: 6 });
      assert.deepEqual(await takeSequences(connection, 6), [7, 8, 9, 0, 1, 2]);
    }));

  it('says so and goes on when the log has lost transitions', () =>
    withLink('real-time', async ({ learn, drive, log, telemetry }) => {
      for (let i = 0; i < 10; i++) if (i < 3 || i > 5) log.transitions.push(transition(i));
      const connection = await learn();
      assert.deepEqual(await takeSequences(connection, 7), [0, 1, 2, 6, 7, 8, 9]);
      assert.equal(telemetry.counters.get('learnerLink.lostTransitions'), 3);
      drive(0);
    }));

  it('hands over to the learner that said hello last', () =>
    withLink('real-time', async ({ learn, drive, link }) => {
      const first = await learn();
      const second = await learn();
      assert.equal(await first.receive(), null);
      drive(3);
      assert.deepEqual(await takeSequences(second, 3), [0, 1, 2]);
      assert.equal(await firstValueFrom(link.connected$), true);
    }));

  it('brings steps, acknowledgements, numbers, alerts and snapshots to the daemon', () =>
    withLink('real-time', async ({ learn, link }) => {
      const got: unknown[] = [];
      link.stepDone$.subscribe((value) => got.push(value));
      link.acknowledged$.subscribe((value) => got.push(value));
      link.metrics$.subscribe((value) => got.push(value));
      link.snapshots$.subscribe((value) => got.push(value.version));
      const last = firstValueFrom(link.alerts$);
      const connection = await learn();
      const messages: FromLearnerMessage[] = [
        { kind: 'acknowledge', cursor: { sessionUuid: SESSION, sequence: 4 } },
        { kind: 'metrics', metrics: { qLoss: 1 } },
        { kind: 'snapshot', snapshot: snapshot(1) },
        { kind: 'stepDone', stepDone: { sequence: 4, updates: 2, policyVersion: 1 } },
        { kind: 'alert', alert: { level: 'warning', code: 'E_X', message: 'm', hint: 'h' } },
      ];
      for (const message of messages) connection.send(message);
      assert.equal((await last).code, 'E_X');
      assert.deepEqual(got, [
        { sessionUuid: SESSION, sequence: 4 },
        { qLoss: 1 },
        1,
        { sequence: 4, updates: 2, policyVersion: 1 },
      ]);
    }));

  it('drops in lock-step what a resumed learner repeats', () =>
    withLink('lock-step', async ({ learn, link }) => {
      const done: StepDone[] = [];
      const versions: number[] = [];
      link.stepDone$.subscribe((value) => done.push(value));
      link.snapshots$.subscribe(({ version }) => versions.push(version));
      const say = async (sequences: number[]): Promise<void> => {
        const connection = await learn();
        for (const sequence of sequences) {
          connection.send({ kind: 'snapshot', snapshot: snapshot(sequence + 1) });
          connection.send({ kind: 'stepDone', stepDone: { sequence, updates: sequence, policyVersion: sequence + 1 } });
        }
        const end = firstValueFrom(link.connected$.pipe(filter((connected) => !connected)));
        await connection.close();
        await end;
      };
      await say([0, 1, 2]);
      await say([1, 2, 3]);
      assert.deepEqual(
        done.map(({ sequence }) => sequence),
        [0, 1, 2, 3],
      );
      assert.deepEqual(versions, [1, 2, 3, 4]);
    }));

  it('refuses a snapshot that does not match its checksum, with an alert', () =>
    withLink('real-time', async ({ learn, link, alerts, telemetry }) => {
      let snapshots = 0;
      link.snapshots$.subscribe(() => (snapshots += 1));
      const connection = await learn();
      const alert = firstValueFrom(link.alerts$);
      connection.send({ kind: 'snapshot', snapshot: { ...snapshot(1), bytes: Uint8Array.of(9) } });
      assert.equal((await alert).code, 'E_POLICY_FILE');
      assert.equal(snapshots, 0);
      assert.equal(alerts.length, 1);
      assert.equal(telemetry.counters.get('learnerLink.refusedSnapshots'), 1);
    }));

  it('resolves a checkpoint when the learner says it is durable, and asks a new learner when the first one dies', () =>
    withLink('lock-step', async ({ learn, link, drive }) => {
      const first = await learn();
      drive(3);
      const durable = link.checkpoint(2, Uint8Array.of(7));
      await assert.rejects(link.checkpoint(2, Uint8Array.of(7)), { code: 'E_CHECKPOINT' });
      await takeSequences(first, 3);
      assert.equal((await first.receive())!.kind, 'checkpoint');
      await first.close();
      const second = await learn();
      await takeSequences(second, 3);
      const task = await second.receive();
      assert.ok(task?.kind === 'checkpoint');
      assert.deepEqual([task.sequence, ...task.daemonState], [2, 7]);
      second.send({ kind: 'checkpointDone', sequence: 2, error: '' });
      await durable;
      const refused = link.checkpoint(2, new Uint8Array());
      await second.receive();
      second.send({ kind: 'checkpointDone', sequence: 2, error: 'no space left' });
      await assert.rejects(refused, { code: 'E_CHECKPOINT', message: /no space left/ });
    }));

  it('rejects a pending checkpoint when it closes, and closes without a learner', () =>
    withLink('real-time', async ({ link, socketPath }) => {
      const pending = assert.rejects(link.checkpoint(0, new Uint8Array()), { code: 'E_LEARNER_LOST' });
      const done = firstValueFrom(link.connected$.pipe(filter(Boolean)), { defaultValue: 'completed' });
      await link.close();
      await pending;
      assert.equal(await done, 'completed');
      assert.equal(existsSync(socketPath), false);
      await assert.rejects(link.checkpoint(0, new Uint8Array()), { code: 'E_LEARNER_LOST' });
      link.append(transition(0));
    }));

  it('waits at its close until the learner has left', () =>
    withLink('real-time', async ({ link, learn }) => {
      const connection = await learn();
      let left = false;
      const closing = link.close().then(() => assert.ok(left));
      assert.equal((await connection.receive())!.kind, 'close');
      await delay(20);
      left = true;
      await connection.close();
      await closing;
    }));
});

describe('what is not the protocol', () => {
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
        await closed(socket);
        assert.equal((await alert).code, code);
        assert.equal(telemetry.counters.get('learnerLink.malformedFrames'), 1);
        const connection = await learn();
        drive(1);
        assert.deepEqual(await takeSequences(connection, 1), [0]);
      }));
  }

  it('is refused by the learner, too', () =>
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
      const nobody = {
        socketPath: join(directory, 'nobody'),
        hello: { cursor: { sessionUuid: '', sequence: -1 }, engine: '' },
      };
      await assert.rejects(connectToDaemon({ ...nobody, signal: new AbortController().signal }), { code: 'E_CONNECT' });
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

  it('must have a path that the kernel can hold', async () => {
    await assert.rejects(listenForLearner(options(`/tmp/${'x'.repeat(120)}`)), {
      code: 'E_CONNECT',
      message: /125 bytes/,
    });
  });

  it('is taken over from a daemon that died and not from one that lives', () =>
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

  it('does not replace a file that is no socket', () =>
    withTemporaryDirectory(async (directory) => {
      mkdirSync(join(directory, 'd'));
      const socketPath = join(directory, 'd', 'link');
      writeFileSync(socketPath, 'precious');
      await assert.rejects(listenForLearner(options(socketPath)), { code: 'E_PORT_IN_USE' });
      assert.ok(existsSync(socketPath));
    }));
});
