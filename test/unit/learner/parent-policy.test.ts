import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkParentPolicy } from '../../../src/learner/index.ts';
import type { RewardStatistics } from '../../../src/learner/reward-normalizer.ts';
import { decodePolicy } from '../../../src/policy/index.ts';
import { learnerConfig } from '../../support/learner-parts.ts';
import { runInLockStep } from '../../support/lock-step-learner.ts';
import { dense } from '../../support/networks.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';
import { MemoryExperience } from '../../support/transitions.ts';

const policyOf = (directory: string): Buffer => readFileSync(join(directory, 'policy.safetensors'));

describe('a learner with a parent policy', () => {
  it('starts from its networks, alpha and normalizers, and names it in the file', () =>
    withTemporaryDirectory((first) =>
      withTemporaryDirectory(async (second) => {
        const config = learnerConfig({ normalizeObservations: true, normalizeRewards: true });
        await runInLockStep({ config, directory: first, log: new MemoryExperience(), from: 0, to: 40 });
        const parentPolicy = policyOf(first);
        await runInLockStep({ config, directory: second, log: new MemoryExperience(), from: 0, to: 1, parentPolicy });
        const parent = decodePolicy(parentPolicy, { maxBytes: 1e7 });
        const child = decodePolicy(policyOf(second), { maxBytes: 1e7 });
        for (const name of ['sampler.0.weight', 'critic1.2.weight', 'log_alpha']) {
          assert.deepEqual(child.tensors.get(name), parent.tensors.get(name));
        }
        assert.equal(child.meta.parent, createHash('sha256').update(parentPolicy).digest('hex'));
        assert.ok(
          Math.abs(child.tensors.get('normalizer.mean')!.data[1]! - parent.tensors.get('normalizer.mean')!.data[1]!) <
            0.1,
        );
        const counts = [parent, child].map(
          ({ meta }) => (meta.algorithm['rewardNormalizer'] as RewardStatistics).count,
        );
        assert.deepEqual(counts, [40, 41], "the unit of the reward is the parent's");
        const other = { directory: second, log: new MemoryExperience(), from: 0, to: 1, parentPolicy };
        await assert.rejects(
          runInLockStep({ ...other, config: learnerConfig({ ...config, samplerLayers: dense([8, 9]) }) }),
          {
            code: 'E_POLICY_MISMATCH',
          },
        );
        const { algorithm } = config;
        const skipped = { ...config, algorithm: { ...algorithm, latentSkip: algorithm.latentSkip + 0.5 } };
        checkParentPolicy(parentPolicy, config);
        assert.throws(() => checkParentPolicy(parentPolicy, skipped), {
          code: 'E_POLICY_MISMATCH',
          message: /latentSkip/,
        });
        for (const [key, what] of [
          ['normalizeObservations', 'observations'],
          ['normalizeRewards', 'rewards'],
        ] as const)
          await assert.rejects(runInLockStep({ ...other, config: learnerConfig({ ...config, [key]: false }) }), {
            code: 'E_POLICY_MISMATCH',
            message: new RegExp(`normalizes ${what}`),
            hint: new RegExp(`${key}=true`),
          });
        const cut = { ...other, parentPolicy: parentPolicy.subarray(0, 900) };
        await assert.rejects(runInLockStep({ ...cut, config }), { code: 'E_POLICY_FILE' });
      }),
    ));
});
