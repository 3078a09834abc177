import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/engine/port.ts';
import { runLearner } from '../../../src/learner/index.ts';
import { DriftingEngine, learnerConfig, runOf, TASK } from '../../support/learner-parts.ts';
import { runInLockStep } from '../../support/lock-step-learner.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';
import { MemoryExperience, SESSION, transition } from '../../support/transitions.ts';
import { dense, layers } from '../../support/networks.ts';

const policyOf = (directory: string): Buffer => readFileSync(join(directory, 'policy.safetensors'));

describe('runLearner in lock-step', () => {
  it('acknowledges each transition once, after its updates, and sends a snapshot before the StepDone that names it', () =>
    withTemporaryDirectory(async (directory) => {
      const config = learnerConfig({ updatesPerStep: 1.5 });
      const { events } = await runInLockStep({ config, directory, log: new MemoryExperience(), from: 0, to: 41 });
      const done = events.filter((event) => event.startsWith('done'));
      assert.equal(done.length, 41);
      assert.equal(done[18], 'done 18 0 0');
      // 20 transitions: the first 1.5 updates are due, 1 is made.
      assert.equal(done[19], 'done 19 1 1');
      assert.equal(done[20], 'done 20 3 1');
      assert.equal(done[39], `done 39 ${Math.floor(21 * 1.5)} 5`);
      for (const [i, event] of events.entries()) {
        if (!event.startsWith('snapshot')) continue;
        const version = event.split(' ')[1]!;
        const next = events.slice(i + 1).find((later) => later.startsWith('done'))!;
        assert.equal(next.split(' ')[3], version);
      }
      assert.equal(events.filter((event) => event.startsWith('snapshot')).length, 5);
      assert.ok(events.some((event) => event.includes('criticBias=')));
      assert.ok(events.some((event) => event.includes('meanAbsReward=')));
    }));

  it('produces the same snapshots, metrics and policy file in two runs', () =>
    withTemporaryDirectory((a) =>
      withTemporaryDirectory(async (b) => {
        const config = learnerConfig({ normalizeObservations: true });
        const first = await runInLockStep({ config, directory: a, log: new MemoryExperience(), from: 0, to: 60 });
        const second = await runInLockStep({ config, directory: b, log: new MemoryExperience(), from: 0, to: 60 });
        assert.deepEqual(second.events, first.events);
        assert.deepEqual(policyOf(a), policyOf(b));
      }),
    ));

  for (const normalizeObservations of [false, true]) {
    it(`continues bit-identically after a kill and a resume${normalizeObservations ? ', normalizers included' : ''}, also with a replay that has evicted`, () =>
      withTemporaryDirectory((whole) =>
        withTemporaryDirectory(async (halves) => {
          const config = learnerConfig({
            normalizeObservations,
            normalizeRewards: normalizeObservations,
            rescaleCritics: normalizeObservations,
            samplerEvery: 2,
            replayCapacity: 32,
            updatesPerStep: 0.7,
            proposalSwitchUpdates: 50,
          });
          const unbroken = await runInLockStep({
            config,
            directory: whole,
            log: new MemoryExperience(),
            from: 0,
            to: 130,
          });
          const log = new MemoryExperience();
          const before = await runInLockStep({
            config,
            directory: halves,
            log,
            from: 0,
            to: 84,
            checkpointAt: 76,
            kill: true,
          });
          // What came after the checkpoint is done again from the log.
          log.transitions.length = 77;
          const after = await runInLockStep({ config, directory: halves, log, from: 77, to: 130, resume: true });
          const upTo = before.events.findIndex((event) => event.startsWith('done 76 '));
          // A resumed learner repeats its newest numbers first.
          assert.ok(after.events[0]!.startsWith('metrics '));
          assert.deepEqual([...before.events.slice(0, upTo + 1), ...after.events.slice(1)], unbroken.events);
          assert.deepEqual(policyOf(halves), policyOf(whole));
        }),
      ));
  }

  it('continues bit-identically with the tensorflow engine on WASM', async function () {
    this.timeout(60_000);
    await withTemporaryDirectory((whole) =>
      withTemporaryDirectory(async (halves) => {
        const config = learnerConfig({
          ...layers([6, 6], true),
          batchSize: 4,
          samplerEvery: 3,
          normalizeRewards: true,
          rescaleCritics: true,
        });
        const makeEngine = (options: Engine['options']): Promise<Engine> =>
          createEngine({ engine: 'tensorflow', backend: 'wasm', threads: 1, options, seed: 5, logger: silentLogger });
        const unbroken = await runInLockStep({
          config,
          directory: whole,
          log: new MemoryExperience(),
          from: 0,
          to: 60,
          makeEngine,
        });
        const log = new MemoryExperience();
        await runInLockStep({
          config,
          directory: halves,
          log,
          from: 0,
          to: 45,
          checkpointAt: 39,
          kill: true,
          makeEngine,
        });
        log.transitions.length = 40;
        const after = await runInLockStep({
          config,
          directory: halves,
          log,
          from: 40,
          to: 60,
          resume: true,
          makeEngine,
        });
        const rest = unbroken.events.slice(unbroken.events.findIndex((event) => event.startsWith('done 39 ')) + 1);
        assert.deepEqual(after.events.slice(1), rest);
        assert.deepEqual(policyOf(halves), policyOf(whole));
      }),
    );
  });

  for (const [what, changes] of [
    ['another architecture', { samplerLayers: dense([9, 9]) }],
    ['another schedule', { updatesPerStep: 3 }],
    ['another replay', { replayCapacity: 999 }],
  ] as const) {
    it(`rejects a checkpoint of ${what}, naming the mismatch`, () =>
      withTemporaryDirectory(async (directory) => {
        const log = new MemoryExperience();
        await runInLockStep({ config: learnerConfig(), directory, log, from: 0, to: 25, checkpointAt: 24 });
        const [key] = Object.keys(changes);
        await assert.rejects(
          runInLockStep({ config: learnerConfig(changes), directory, log, from: 25, to: 26, resume: true }),
          {
            code: 'E_CHECKPOINT',
            message: new RegExp(`a different configuration: learner\\.${key!} was`),
          },
        );
      }));
  }

  it('resumes with a different memory budget, checkpoint period and niceness', () =>
    withTemporaryDirectory(async (directory) => {
      const log = new MemoryExperience();
      await runInLockStep({ config: learnerConfig(), directory, log, from: 0, to: 25, checkpointAt: 24 });
      const config = learnerConfig({ memoryBudgetMb: 11, checkpointEverySteps: 7, niceness: 2 });
      const { events } = await runInLockStep({ config, directory, log, from: 25, to: 26, resume: true });
      assert.ok(events.some((event) => event.startsWith('done 25 7 ')));
    }));

  it('rejects a resume from a log that ends before the checkpoint', () =>
    withTemporaryDirectory(async (directory) => {
      const log = new MemoryExperience();
      await runInLockStep({ config: learnerConfig(), directory, log, from: 0, to: 25, checkpointAt: 24 });
      log.transitions.length = 20;
      await assert.rejects(runInLockStep({ config: learnerConfig(), directory, log, from: 25, to: 26, resume: true }), {
        code: 'E_CHECKPOINT',
        message: /the log ends at transition 19, the checkpoint was made after 24/,
      });
    }));

  it('starts over from the log when killed before its first checkpoint', () =>
    withTemporaryDirectory((whole) =>
      withTemporaryDirectory(async (halves) => {
        const config = learnerConfig();
        const unbroken = await runInLockStep({
          config,
          directory: whole,
          log: new MemoryExperience(),
          from: 0,
          to: 50,
        });
        const log = new MemoryExperience();
        await runInLockStep({ config, directory: halves, log, from: 0, to: 30, kill: true });
        const after = await runInLockStep({ config, directory: halves, log, from: 30, to: 50, resume: true });
        assert.deepEqual(after.events, unbroken.events);
        assert.deepEqual(policyOf(halves), policyOf(whole));
      }),
    ));

  it('skips a non-finite gradient step, reports it, and stops with a diagnosis after ten in a row', () =>
    withTemporaryDirectory(async (directory) => {
      const makeEngine = (options: Engine['options']): Promise<Engine> => {
        const engine = new DriftingEngine(options);
        engine.finite.push(true, false, false, true, ...Array.from({ length: 10 }, () => false));
        return Promise.resolve(engine);
      };
      const log = new MemoryExperience();
      const config = learnerConfig();
      await assert.rejects(runInLockStep({ config, directory, log, from: 0, to: 60, makeEngine }), {
        code: 'E_LEARNER_DIVERGED',
        message: /10 consecutive gradient steps were not finite.*largest \|reward\|/,
      });
      assert.equal(log.transitions.length, 33);
    }));

  for (const [what, changes, message] of [
    ['a reward that is NaN', { reward: NaN }, /E_TRANSITION_INVALID: transition 3: reward is NaN/],
    [
      'an infinite observation',
      { nextObservation: Float32Array.of(0, Infinity, 0) },
      /nextObservation\[1\] is Infinity/,
    ],
    [
      'an observation of another size',
      { observation: new Float32Array(4) },
      /observation has 4 elements, the task has 3/,
    ],
    ['an action outside [-1, 1]', { appliedAction: Float32Array.of(1.5) }, /E_ACTION_RANGE.*appliedAction\[0\] is 1.5/],
    ['an action of another size', { appliedAction: new Float32Array(2) }, /appliedAction has 2 elements/],
  ] as const) {
    it(`stops with a diagnosis at ${what}`, () =>
      withTemporaryDirectory(async (directory) => {
        const log = new MemoryExperience();
        log.transitions.push(transition(0), transition(1), transition(2), transition(3, changes));
        const config = learnerConfig();
        await assert.rejects(runInLockStep({ config, directory, log, from: 4, to: 5 }), {
          code: 'E_LEARNER_DIVERGED',
          message,
        });
      }));
  }

  it('rejects a replay over its memory budget before it allocates', async () => {
    const options = {
      socketPath: '/nowhere',
      runDirectory: '/nowhere',
      mode: 'lock-step',
      task: TASK,
      learner: learnerConfig({ replayCapacity: 1e9 }),
      run: runOf(learnerConfig()),
      seed: 1,
      sessionUuid: SESSION,
      resume: false,
      signal: new AbortController().signal,
      logger: silentLogger,
    } as const;
    await assert.rejects(runLearner(options), { code: 'E_MEMORY_BUDGET', message: /needs \d+ bytes/ });
  });
});
