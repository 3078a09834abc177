import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/engine/port.ts';
import type { LearnerConfig } from '../../../src/learner/index.ts';
import { decodePolicy } from '../../../src/policy/index.ts';
import { builtAddon } from '../../support/engines.ts';
import { openTestLog } from '../../support/experience/transitions.ts';
import { learnerConfig } from '../../support/learner-parts.ts';
import { runInLockStep, type Seen } from '../../support/lock-step-learner.ts';
import { layers } from '../../support/networks.ts';
import { skipUnless } from '../../support/skips.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';
import { MemoryExperience, transition } from '../../support/transitions.ts';

const policyOf = (directory: string): Buffer => readFileSync(join(directory, 'policy.safetensors'));

/** A log of `count` transitions of another session, shifted by `shift`. */
async function writePrior(directory: string, count: number, shift: number): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const sessionUuid = `00000000-0000-8000-8000-${String(shift).padStart(12, '0')}`;
  const { log } = await openTestLog(directory, { sessionUuid });
  for (let i = 0; i < count; i++) {
    const { reward, ...rest } = transition(i);
    log.append({ ...rest, sessionUuid, reward: reward - shift });
  }
  await log.close();
}

interface Plan {
  readonly config: LearnerConfig;
  readonly to: number;
  readonly checkpointAt: number;
  readonly makeEngine?: (options: Engine['options']) => Promise<Engine>;
}

/** One run to its end, and one that is killed after its checkpoint and resumed: equal messages, equal policy files. */
async function assertResumes(folder: string, { config, to, checkpointAt, makeEngine }: Plan): Promise<Seen> {
  const [whole, halves] = [join(folder, 'whole'), join(folder, 'halves')];
  for (const directory of [whole, halves]) mkdirSync(directory, { recursive: true });
  const engine = makeEngine === undefined ? {} : { makeEngine };
  const unbroken = await runInLockStep({
    config,
    directory: whole,
    log: new MemoryExperience(),
    from: 0,
    to,
    ...engine,
  });
  const log = new MemoryExperience();
  const half = { config, directory: halves, log, ...engine };
  const before = await runInLockStep({ ...half, from: 0, to: checkpointAt + 8, checkpointAt, kill: true });
  log.transitions.length = checkpointAt + 1;
  const after = await runInLockStep({ ...half, from: checkpointAt + 1, to, resume: true });
  const upTo = before.events.findIndex((event) => event.startsWith(`done ${checkpointAt} `));
  assert.deepEqual([...before.events.slice(0, upTo + 1), ...after.events.slice(1)], unbroken.events);
  assert.deepEqual(policyOf(halves), policyOf(whole));
  return unbroken;
}

describe('A resumed learner equals one that was not interrupted', () => {
  it('with returns over several steps, also with a replay that has evicted', () =>
    withTemporaryDirectory(async (folder) => {
      const config = learnerConfig({ nStep: 4, replayCapacity: 32, updatesPerStep: 0.7, normalizeRewards: true });
      const three = await assertResumes(folder, { config, to: 120, checkpointAt: 76 });
      const directory = join(folder, 'one');
      mkdirSync(directory);
      const one = await runInLockStep({
        ...{ config: { ...config, nStep: 1 }, directory, log: new MemoryExperience(), from: 0, to: 120 },
      });
      assert.notDeepEqual(one.snapshots, three.snapshots);
    }));

  it('with two prior logs, one of them longer than the replay', () =>
    withTemporaryDirectory(async (folder) => {
      const [a, b] = [join(folder, 'a'), join(folder, 'b')];
      await writePrior(a, 50, 1);
      await writePrior(b, 20, 2);
      const config = learnerConfig({
        priorLogs: [
          { path: a, share: 0.5 },
          { path: b, share: 0.25 },
        ],
        ...{ replayCapacity: 32, nStep: 2, normalizeObservations: true, normalizeRewards: true, rescaleCritics: true },
      });
      const { events } = await assertResumes(folder, { config, to: 70, checkpointAt: 41 });
      // 32 of the first; 20 of the second, three of them clipped and there twice.
      assert.ok(events.some((event) => event.includes('priorCount=55')));
    }));

  for (const [what, changes] of [
    ['complete resets', { resetEvery: 15 }],
    ['resets that keep a part and settle', { resetEvery: 15, resetKeep: 0.8, resetSettleUpdates: 7 }],
  ] as const)
    it(`with ${what}, before, at and after one`, () =>
      withTemporaryDirectory(async (folder) => {
        for (const checkpointAt of [32, 33, 34, 37, 42]) {
          const config = learnerConfig({ ...changes, samplerEvery: 2 });
          await assertResumes(join(folder, String(checkpointAt)), { config, to: 90, checkpointAt });
        }
      }));

  for (const engine of ['tensorflow', 'native'] as const)
    it(`with all of them on the ${engine} engine`, async function () {
      this.timeout(60_000);
      skipUnless(this, engine === 'tensorflow' || typeof builtAddon() !== 'string', 'native addon');
      await withTemporaryDirectory(async (folder) => {
        const path = join(folder, 'prior');
        await writePrior(path, 40, 1);
        const config = learnerConfig({
          ...{ ...layers([6, 6], true), batchSize: 4, nStep: 3, priorLogs: [{ path, share: 0.5 }] },
          ...{ resetEvery: 12, resetKeep: 0.5, resetSettleUpdates: 4, normalizeObservations: true },
        });
        const backend = engine === 'native' ? 'auto' : 'wasm';
        const makeEngine = (options: Engine['options']): Promise<Engine> =>
          createEngine({ engine, backend, threads: 1, options, seed: 5, logger: silentLogger });
        await assertResumes(folder, { config, to: 56, checkpointAt: 39, makeEngine });
      });
    });

  it('or is refused when a prior log has changed', () =>
    withTemporaryDirectory(async (folder) => {
      const [path, directory] = [join(folder, 'prior'), join(folder, 'run')];
      await writePrior(path, 20, 1);
      mkdirSync(directory);
      const config = learnerConfig({ priorLogs: [{ path, share: 0.5 }] });
      const log = new MemoryExperience();
      await runInLockStep({ config, directory, log, from: 0, to: 25, checkpointAt: 24 });
      await writePrior(join(path, 'log'), 21, 1);
      await assert.rejects(runInLockStep({ config, directory, log, from: 25, to: 26, resume: true }), {
        code: 'E_CHECKPOINT',
        message: /has 21 transitions, other ones than the 20 of the checkpoint/,
      });
    }));
});

describe('A learner that resets its networks', () => {
  const versions = ({ events }: Seen): number[] =>
    events.filter((event) => event.startsWith('done')).map((event) => Number(event.split(' ')[3]));

  it('publishes no policy until the networks have settled, and counts the resets', () =>
    withTemporaryDirectory(async (directory) => {
      // Updates begin with step 20: 30 of them are made after step 49, the reset comes with the next.
      const config = learnerConfig({ resetEvery: 30, resetSettleUpdates: 12 });
      const seen = await runInLockStep({ config, directory, log: new MemoryExperience(), from: 0, to: 75 });
      const published = versions(seen);
      const steps = published.flatMap((version, i) => (version === (published[i - 1] ?? 0) ? [] : [i + 1]));
      assert.deepEqual(steps, [20, 25, 30, 35, 40, 45, 65, 70, 75]);
      assert.ok(seen.events.some((event) => event.includes(' resets=1')));
    }));

  it('writes the policy from before the reset while the networks settle', () =>
    withTemporaryDirectory(async (directory) => {
      const config = learnerConfig({ resetEvery: 30, resetSettleUpdates: 12 });
      const { snapshots } = await runInLockStep({ config, directory, log: new MemoryExperience(), from: 0, to: 55 });
      assert.deepEqual(policyOf(directory), Buffer.from(snapshots[snapshots.length - 1]!.bytes));
    }));

  it('draws new networks for each reset, the same ones for the same seed', () =>
    withTemporaryDirectory(async (folder) => {
      const policies: Float32Array[] = [];
      for (const [i, to] of [51, 51, 81].entries()) {
        const directory = join(folder, String(i));
        mkdirSync(directory);
        const config = learnerConfig({ resetEvery: 30 });
        await runInLockStep({ config, directory, log: new MemoryExperience(), from: 0, to });
        policies.push(decodePolicy(policyOf(directory), { maxBytes: 1e7 }).tensors.get('sampler.1.weight')!.data);
      }
      const [first, again, second] = policies as [Float32Array, Float32Array, Float32Array];
      assert.deepEqual(first, again);
      const different = second.filter((weight, i) => weight !== first[i]).length;
      assert.ok(different > 0.9 * second.length, `${different} of ${second.length} weights are new`);
    }));
});
