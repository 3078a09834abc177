import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { silentLogger } from '../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../src/base/telemetry.ts';
import type { CriticInfo, Engine } from '../../../src/engine/port.ts';
import { listenForLearner } from '../../../src/experience/link/index.ts';
import type { LearnerLink } from '../../../src/experience/port.ts';
import { runLearner } from '../../../src/learner/index.ts';
import type { Transition } from '../../../src/robot/transition.ts';
import { DriftingEngine, learnerConfig, runOf, TASK } from '../../support/learner-parts.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';
import { MemoryExperience, SESSION, transition } from '../../support/transitions.ts';

class SlowEngine extends DriftingEngine {
  override updateCritic(...input: Parameters<Engine['updateCritic']>): CriticInfo {
    const end = performance.now() + 3;
    while (performance.now() < end);
    return super.updateCritic(...input);
  }
}

interface Fixture {
  readonly directory: string;
  readonly link: LearnerLink;
  readonly log: MemoryExperience;
  readonly send: (transition: Transition) => void;
  /** Starts a learner; resolves when it ended. */
  readonly learn: (
    changes?: Parameters<typeof learnerConfig>[0],
    resume?: boolean,
  ) => { readonly ended: Promise<void>; readonly stop: AbortController };
}

async function withDaemon(use: (fixture: Fixture) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const log = new MemoryExperience();
    const socketPath = join(directory, 'link');
    const link = await listenForLearner({
      socketPath,
      sessionUuid: SESSION,
      source: log,
      mode: 'real-time',
      maxQueuedBytes: 1e5,
      logger: silentLogger,
      telemetry: new MemoryTelemetry(),
      signal: new AbortController().signal,
    });
    const learn: Fixture['learn'] = (changes = {}, resume = false) => {
      const stop = new AbortController();
      const ended = runLearner({
        socketPath,
        runDirectory: directory,
        mode: 'real-time',
        task: TASK,
        learner: learnerConfig(changes),
        run: runOf(learnerConfig(changes)),
        seed: 5,
        sessionUuid: SESSION,
        resume,
        signal: stop.signal,
        logger: silentLogger,
        source: log,
        makeEngine: (options) => Promise.resolve(new SlowEngine(options)),
      });
      return { ended, stop };
    };
    const send = (t: Transition): void => {
      log.transitions.push(t);
      link.append(t);
    };
    await use({ directory, link, log, send, learn });
  });
}

const acknowledgedAt = (link: LearnerLink, sequence: number): Promise<unknown> =>
  firstValueFrom(link.acknowledged$.pipe(filter((cursor) => cursor.sequence >= sequence)));

describe('runLearner in real time', () => {
  it('ingests transitions while updates are pending, then completes the updates', () =>
    withDaemon(async ({ link, send, learn, directory }) => {
      const { ended } = learn({ updatesPerStep: 2, metricsEverySteps: 1, policySyncSteps: 20 });
      await firstValueFrom(link.connected$.pipe(filter(Boolean)));
      const first = firstValueFrom(link.metrics$.pipe(filter((metrics) => metrics['steps'] === 70)));
      const snapshots = firstValueFrom(link.snapshots$.pipe(take(2), toArray()));
      const taken = acknowledgedAt(link, 69);
      for (let i = 0; i < 70; i++) send(transition(i));
      await taken;
      // 51 transitions owe 102 updates of 3 ms: intake did not wait for them.
      const behind = (await first)['updates']!;
      assert.ok(behind < 102, `${behind}`);
      const done = firstValueFrom(link.metrics$.pipe(filter((metrics) => metrics['steps'] === 71)));
      send(transition(70));
      assert.ok((await done)['updatesPerS']! > 0);
      for (let i = 71; i < 90; i++) send(transition(i));
      const versions = (await snapshots).map(({ version }) => version);
      assert.deepEqual(versions, [1, 2]);
      await link.close();
      await ended;
      assert.ok(existsSync(join(directory, 'policy.safetensors')));
    }));

  it('rejects bad transitions with an alert, counts them and continues', () =>
    withDaemon(async ({ link, send, learn }) => {
      const { ended } = learn({ metricsEverySteps: 1 });
      await firstValueFrom(link.connected$.pipe(filter(Boolean)));
      const alerts = firstValueFrom(link.alerts$.pipe(take(2), toArray()));
      const last = firstValueFrom(link.metrics$.pipe(filter((metrics) => metrics['steps'] === 3)));
      send(transition(0));
      for (let i = 1; i < 12; i++) send(transition(i, { reward: NaN }));
      send(transition(12, { appliedAction: Float32Array.of(-2) }));
      send(transition(13));
      send(transition(14));
      const [first, tenth] = await alerts;
      assert.equal(first!.code, 'E_TRANSITION_INVALID');
      assert.match(first!.message, /transition 1: reward is NaN \(1 rejected so far\)/);
      assert.match(tenth!.message, /10 rejected so far/);
      assert.equal((await last)['rejectedTransitions'], 12);
      await link.close();
      await ended;
    }));

  it('resumes from its checkpoint after a kill, with the replay and later versions', () =>
    withDaemon(async ({ link, send, learn }) => {
      const config = { updatesPerStep: 1, policySyncSteps: 1, metricsEverySteps: 1 };
      const first = learn(config);
      await firstValueFrom(link.connected$.pipe(filter(Boolean)));
      const published = firstValueFrom(link.snapshots$);
      for (let i = 0; i < 40; i++) send(transition(i, i === 5 ? { reward: NaN } : {}));
      await published;
      await link.checkpoint(39, Uint8Array.of(1));
      const versions: number[] = [];
      link.snapshots$.subscribe(({ version }) => versions.push(version));
      const later = firstValueFrom(link.snapshots$);
      send(transition(40));
      await later;
      const gone = firstValueFrom(link.connected$.pipe(filter((connected) => !connected)));
      first.stop.abort();
      await first.ended;
      await gone;
      for (let i = 41; i < 50; i++) send(transition(i));
      const metrics = firstValueFrom(link.metrics$.pipe(filter(({ steps }) => steps === 49)));
      const taken = acknowledgedAt(link, 49);
      const second = learn(config, true);
      await taken;
      // Every fifth step was clipped and is stored twice, except step 0 (not changed) and 5 (rejected).
      assert.equal((await metrics)['replayCount'], 49 + 8);
      assert.equal((await metrics)['rejectedTransitions'], 1);
      const beyond = Math.max(...versions);
      const next = firstValueFrom(link.snapshots$.pipe(filter(({ version }) => version > beyond)));
      send(transition(50));
      await next;
      await link.close();
      await second.ended;
      for (let i = 1; i < versions.length; i++) assert.ok(versions[i]! > versions[i - 1]!);
    }));

  it('ends with E_CONNECT when the daemon disconnects', () =>
    withDaemon(async ({ link, learn }) => {
      const { ended } = learn();
      const failed = assert.rejects(ended, { code: 'E_CONNECT', message: /disconnected without closing/ });
      await firstValueFrom(link.connected$.pipe(filter(Boolean)));
      (link as unknown as { destroy(): void }).destroy();
      await failed;
    }));

  it('rejects a daemon of another session', () =>
    withDaemon(async ({ directory, log }) => {
      const options = {
        socketPath: join(directory, 'link'),
        runDirectory: directory,
        mode: 'lock-step',
        task: TASK,
        learner: learnerConfig(),
        run: runOf(learnerConfig()),
        seed: 1,
        sessionUuid: SESSION,
        resume: false,
        signal: new AbortController().signal,
        logger: silentLogger,
        source: log,
        makeEngine: (wanted: Engine['options']) => Promise.resolve(new DriftingEngine(wanted)),
      } as const;
      await assert.rejects(runLearner(options), {
        code: 'E_PROTOCOL_MISMATCH',
        message: /in real-time, this learner.*in lock-step/,
      });
    }));
});
