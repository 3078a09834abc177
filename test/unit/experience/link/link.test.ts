import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { filter, firstValueFrom } from 'rxjs';
import { type FromLearnerMessage } from '../../../../src/experience/link/messages.ts';
import type { StepDone } from '../../../../src/experience/port.ts';
import { withLink, takeSequences, snapshot } from '../../../support/experience/link.ts';
import { range } from '../../../support/experience/transitions.ts';
import { SESSION, transition } from '../../../support/transitions.ts';

describe('the learner link', () => {
  it('sends logged transitions after the cursor and then new ones, without a gap', () =>
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

  it('sends from the window while the log is behind', () =>
    withLink('real-time', async ({ learn, drive, log }) => {
      log.flushed = 30;
      drive(100);
      const connection = await learn();
      drive(20);
      assert.deepEqual(await takeSequences(connection, 120), range(0, 120));
    }));

  it('waits for the log when there is a gap between its end and the window', () =>
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

  it('sends the rest of an earlier session first to its learner', () =>
    withLink('real-time', async ({ learn, drive, log }) => {
      const earlier = 'earlier-session';
      for (let i = 0; i < 10; i++) log.transitions.push(transition(i, { sessionUuid: earlier }));
      drive(3);
      const connection = await learn({ sessionUuid: earlier, sequence: 6 });
      assert.deepEqual(await takeSequences(connection, 6), [7, 8, 9, 0, 1, 2]);
    }));

  it('reports transitions missing in the log and continues', () =>
    withLink('real-time', async ({ learn, drive, log, telemetry }) => {
      for (let i = 0; i < 10; i++) if (i < 3 || i > 5) log.transitions.push(transition(i));
      const connection = await learn();
      assert.deepEqual(await takeSequences(connection, 7), [0, 1, 2, 6, 7, 8, 9]);
      assert.equal(telemetry.counters.get('learnerLink.lostTransitions'), 3);
      drive(0);
    }));

  it('switches to the learner that sent hello last', () =>
    withLink('real-time', async ({ learn, drive, link }) => {
      const first = await learn();
      const second = await learn();
      assert.equal(await first.receive(), null);
      drive(3);
      assert.deepEqual(await takeSequences(second, 3), [0, 1, 2]);
      assert.equal(await firstValueFrom(link.connected$), true);
    }));

  it('delivers steps, acknowledgements, metrics, alerts and snapshots to the daemon', () =>
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

  it('drops repeated messages of a resumed learner in lock-step', () =>
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

  it('rejects a snapshot that does not match its checksum, with an alert', () =>
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

  it('resolves a checkpoint when the learner reports it as durable, and requests it again when the learner exits', () =>
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

  it('waits on close until the learner has disconnected', () =>
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
