import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { RecordingLogger, silentLogger } from '../../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../../src/base/telemetry.ts';
import { TransitionLog } from '../../../../src/experience/index.ts';
import { listenForLearner } from '../../../../src/experience/link/index.ts';
import type { LearnerLink } from '../../../../src/experience/port.ts';
import { openUndamaged } from '../../../support/experience/transitions.ts';
import { withTemporaryDirectory } from '../../../support/temporary.ts';
import { SESSION, transition } from '../../../support/transitions.ts';

const ENTRY = join(import.meta.dirname, '../../../support/recording-learner.ts');

interface Daemon {
  readonly directory: string;
  readonly link: LearnerLink;
  readonly log: TransitionLog;
  readonly telemetry: MemoryTelemetry;
  readonly logger: RecordingLogger;
  next: number;
  acknowledged: number;
}

/** A real log, a real socket; the learner is another process. */
async function withDaemon(maxQueuedBytes: number, use: (daemon: Daemon) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const telemetry = new MemoryTelemetry();
    const logger = new RecordingLogger();
    const logDirectory = join(directory, 'log');
    const log = await TransitionLog.open({
      directory: logDirectory,
      sessionUuid: SESSION,
      mode: 'real-time',
      nextSequence: 0,
      maxQueuedBytes: 64e6,
      maxSegmentBytes: 1e6,
      logger: silentLogger,
      telemetry,
    });
    const link = await listenForLearner({
      socketPath: join(directory, 'link'),
      sessionUuid: SESSION,
      source: openUndamaged(logDirectory),
      mode: 'real-time',
      maxQueuedBytes,
      logger,
      telemetry,
      signal: new AbortController().signal,
    });
    const daemon: Daemon = { directory, link, log, telemetry, logger, next: 0, acknowledged: -1 };
    link.acknowledged$.subscribe(({ sequence }) => (daemon.acknowledged = sequence));
    try {
      await use(daemon);
      assert.equal(telemetry.counters.get('learnerLink.lostTransitions'), undefined);
    } finally {
      await link.close();
      await log.close();
    }
  });
}

function startLearner({ directory }: Daemon): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', ENTRY, join(directory, 'link'), join(directory, 'taken')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const exited = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('exit', resolve));

function drive(daemon: Daemon, count: number): void {
  for (let i = 0; i < count; i++) {
    const t = transition(daemon.next++);
    daemon.log.append(t);
    daemon.link.append(t);
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `waited too long until ${what}`);
    await delay(5);
  }
}

function assertTakenOnce(daemon: Daemon): void {
  const lines = readFileSync(join(daemon.directory, 'taken'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines,
    Array.from({ length: daemon.next }, (_, i) => `${SESSION} ${i}`),
  );
}

describe('a learner in another process', () => {
  it('ingests each transition exactly once while it is killed and frozen repeatedly', async function () {
    this.timeout(60_000);
    await withDaemon(32 * 1024, async (daemon) => {
      let driving = true;
      const driver = (async () => {
        while (driving) {
          drive(daemon, 5);
          await delay(1);
        }
      })();
      for (let life = 0; life < 6; life++) {
        const child = startLearner(daemon);
        const from = daemon.acknowledged;
        await until(() => daemon.acknowledged > from + 100, 'the learner takes transitions');
        if (life % 2 === 1) {
          child.kill('SIGSTOP');
          drive(daemon, 2000);
          await delay(50);
          child.kill('SIGCONT');
          const { next } = daemon;
          await until(() => daemon.acknowledged >= next - 1, 'the thawed learner has caught up');
        }
        child.kill(life % 3 === 2 ? 'SIGSTOP' : 'SIGKILL');
        child.kill('SIGKILL');
        await exited(child);
      }
      driving = false;
      await driver;
      await daemon.log.flush();
      const child = startLearner(daemon);
      await until(() => daemon.acknowledged === daemon.next - 1, 'everything is acknowledged');
      const left = exited(child);
      await daemon.link.close();
      await left;
      assertTakenOnce(daemon);
      assert.equal(daemon.telemetry.counters.get('learnerLink.connects'), 7);
    });
  });

  it('stays within its memory bound while frozen and catches up from the log afterwards', async function () {
    this.timeout(60_000);
    await withDaemon(64 * 1024, async (daemon) => {
      const child = startLearner(daemon);
      await firstValueFrom(daemon.link.connected$.pipe(filter(Boolean)));
      drive(daemon, 100);
      await until(() => daemon.acknowledged === 99, 'it takes transitions');
      child.kill('SIGSTOP');
      for (let i = 0; i < 300; i++) {
        drive(daemon, 100);
        await delay(0);
      }
      await daemon.log.flush();
      // What left this process: the queue and what the kernel holds for the other side.
      const sent = daemon.telemetry.counters.get('learnerLink.sentTransitions')!;
      assert.ok(sent < 10_000, `${sent} of ${daemon.next} were sent into a frozen learner`);
      assert.ok(daemon.telemetry.counters.get('learnerLink.spoolFallbacks')! >= 1);
      child.kill('SIGCONT');
      await until(() => daemon.acknowledged === daemon.next - 1, 'it has caught up');
      drive(daemon, 10);
      await until(() => daemon.acknowledged === daemon.next - 1, 'it is live again');
      const left = exited(child);
      await daemon.link.close();
      await left;
      assertTakenOnce(daemon);
    });
  });

  it('accepts only its own user', async () => {
    await withDaemon(1000, (daemon) => {
      assert.equal(statSync(join(daemon.directory, 'link')).mode & 0o777, 0o600);
      return Promise.resolve();
    });
  });
});
