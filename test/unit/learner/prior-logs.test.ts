import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger.ts';
import type { LearnerAlert } from '../../../src/experience/port.ts';
import { buildTrainer } from '../../../src/learner/build-trainer.ts';
import { checkPriorContents, loadPriorLogs, type PriorLog, scanPriorLogs } from '../../../src/learner/prior-logs.ts';
import type { Trainer } from '../../../src/learner/trainer.ts';
import { GUARD_REASON } from '../../../src/robot/reasons.ts';
import type { Transition } from '../../../src/robot/transition.ts';
import { openTestLog } from '../../support/experience/transitions.ts';
import { DriftingEngine, learnerConfig } from '../../support/learner-parts.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';
import { transition as madeUp } from '../../support/transitions.ts';

const SIZES = { observationSize: 3, actionSize: 1, discount: 0.9 };

/** Not clipped unless `changes` says so. */
const transition = (sequence: number, changes: Partial<Transition> = {}): Transition =>
  madeUp(sequence, { reasonCodes: [], ...changes });

async function writeLog(directory: string, transitions: readonly Transition[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const { log } = await openTestLog(directory, { sessionUuid: transition(0).sessionUuid });
  for (const t of transitions) log.append(t);
  await log.close();
}

const range = (count: number): Transition[] => Array.from({ length: count }, (_, i) => transition(i));

interface Scanned {
  readonly logs: readonly PriorLog[];
  readonly alerts: readonly LearnerAlert[];
}

async function scanned(paths: readonly string[], changes: Parameters<typeof learnerConfig>[0] = {}): Promise<Scanned> {
  const alerts: LearnerAlert[] = [];
  const config = learnerConfig({ priorLogs: paths.map((path) => ({ path, share: 0.25 })), ...changes });
  const logs = await scanPriorLogs({ config, ...SIZES, onAlert: (alert) => alerts.push(alert) });
  return { logs, alerts };
}

/** A trainer that has loaded the logs. */
async function trainerOf(logs: readonly PriorLog[], normalize: boolean): Promise<Trainer> {
  const priorLogs = logs.map(({ path, share }) => ({ path, share }));
  const config = learnerConfig({ priorLogs, normalizeObservations: true, normalizeRewards: true });
  const trainer = await buildTrainer({
    ...{ config, sizes: SIZES, seed: 1, prior: logs, logger: silentLogger, onAlert: () => undefined },
    makeEngine: (options) => Promise.resolve(new DriftingEngine(options)),
  });
  const options = { config, ...SIZES, onAlert: () => undefined };
  await loadPriorLogs(logs, options, (log, t) => trainer.addPrior(log, t, normalize));
  return trainer;
}

describe('A prior log', () => {
  it('is named by its run, its directory or its file, and identified by its transitions', () =>
    withTemporaryDirectory(async (run) => {
      const directory = join(run, 'log');
      await writeLog(directory, range(50));
      const { logs, alerts } = await scanned([run, directory, join(directory, '00000.mcap')]);
      assert.deepEqual(alerts, []);
      assert.deepEqual(
        logs.map(({ transitions, rows, share }) => ({ transitions, rows, share })),
        Array.from({ length: 3 }, () => ({ transitions: 50, rows: 50, share: 0.25 })),
      );
      assert.equal(new Set(logs.map(({ sha256 }) => sha256)).size, 1);
      const other = join(run, 'other');
      await writeLog(other, [...range(49), transition(49, { reward: 3 })]);
      assert.notEqual((await scanned([other])).logs[0]!.sha256, logs[0]!.sha256);
    }));

  it('is loaded completely, with clipped steps twice, and counts in the statistics of a new run only', () =>
    withTemporaryDirectory(async (directory) => {
      const clipped = { reasonCodes: [GUARD_REASON.positionLimit], proposedAction: Float32Array.of(1) };
      await writeLog(directory, [...range(30), transition(30, clipped), transition(31)]);
      const { logs } = await scanned([directory]);
      assert.deepEqual([logs[0]!.transitions, logs[0]!.rows], [32, 33]);
      const trainer = await trainerOf(logs, true);
      assert.deepEqual([trainer.metrics()['priorCount'], trainer.metrics()['replayCount']], [33, 0]);
      assert.equal(trainer.metrics()['steps'], 0);
      const rewards = [...range(30), transition(30), transition(31)].map(({ reward }) => Math.abs(reward));
      const mean = rewards.reduce((sum, r) => sum + r, 0) / 32;
      assert.ok(Math.abs(trainer.meanAbsReward.value - mean) < 1e-6);
      const restored = await trainerOf(logs, false);
      assert.equal(restored.meanAbsReward.value, 1e-3);
      assert.equal(restored.metrics()['priorCount'], 33);
    }));

  it('leaves out what is not finite, reports it, and reports a log without transitions', () =>
    withTemporaryDirectory(async (directory) => {
      const [bad, empty] = [join(directory, 'bad'), join(directory, 'empty')];
      await writeLog(bad, [...range(10), transition(10, { observation: Float32Array.of(0, NaN, 0) }), transition(11)]);
      await writeLog(empty, []);
      const { logs, alerts } = await scanned([bad, empty]);
      assert.deepEqual(
        logs.map(({ transitions }) => transitions),
        [11, 0],
      );
      assert.match(alerts[0]!.message, /bad: 1 transitions that are not finite/);
      assert.match(alerts[1]!.message, /empty: it has no transitions .* its share of each batch goes to the others/);
      const trainer = await trainerOf(logs, true);
      for (let i = 0; i < 8; i++) trainer.ingest(transition(i));
      trainer.update();
      assert.equal(trainer.updates, 1);
    }));

  it('of another task, or that is missing, is rejected with its name', () =>
    withTemporaryDirectory(async (directory) => {
      await writeLog(directory, [
        transition(0, { observation: new Float32Array(4), nextObservation: new Float32Array(4) }),
      ]);
      await assert.rejects(scanned([directory]), {
        code: 'E_LOG_FILE',
        message: /has 4 observations and 1 actions, this task 3 and 1/,
      });
      await assert.rejects(scanned([join(directory, 'nowhere')]), { code: 'E_LOG_FILE', message: /nowhere/ });
    }));

  it('that has grown is loaded as far as it was scanned, and one that has changed ends a resume', () =>
    withTemporaryDirectory(async (directory) => {
      const [before, after] = [join(directory, 'before'), join(directory, 'after')];
      await writeLog(before, range(20));
      await writeLog(after, range(25));
      const short = (await scanned([before])).logs;
      const long = (await scanned([after])).logs;
      const trainer = await trainerOf([{ ...short[0]!, files: long[0]!.files }], true);
      assert.equal(trainer.metrics()['priorCount'], 20);
      await assert.rejects(trainerOf([{ ...long[0]!, files: short[0]!.files }], true), {
        code: 'E_LOG_FILE',
        message: /became shorter/,
      });
      checkPriorContents(short, short);
      for (const then of [long, []])
        assert.throws(() => checkPriorContents(then, short), {
          code: 'E_CHECKPOINT',
          message: /before has 20 transitions/,
        });
    }));

  it('fills its share of every batch', () =>
    withTemporaryDirectory(async (directory) => {
      const far = range(40).map((t) => ({ ...t, appliedAction: Float32Array.of(0.75) }));
      await writeLog(directory, far);
      const { logs } = await scanned([directory]);
      const trainer = await trainerOf(logs, true);
      for (let i = 0; i < 30; i++) trainer.ingest(transition(i, { appliedAction: Float32Array.of(-0.25) }));
      const seen: string[] = [];
      const { engine } = trainer;
      const updateCritic = engine.updateCritic.bind(engine);
      engine.updateCritic = (batch, noise, settings) => {
        seen.push(batch.actions.join(' '));
        return updateCritic(batch, noise, settings);
      };
      for (let i = 0; i < 3; i++) trainer.update();
      const own = Array.from({ length: 6 }, () => -0.25);
      assert.deepEqual(
        seen,
        Array.from({ length: 3 }, () => [...own, 0.75, 0.75].join(' ')),
      );
    }));
});
