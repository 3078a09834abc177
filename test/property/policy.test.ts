import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../src/base/errors.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { decodePolicy, encodePolicy, PortablePolicy } from '../../src/policy/index.ts';
import { randomPolicy } from '../support/policies.ts';

const WHOLE = encodePolicy(randomPolicy());

describe('an arbitrary policy file', () => {
  it('is read or rejected with E_POLICY_FILE or E_POLICY_NON_FINITE for any bytes', () => {
    const spliced = fc
      .tuple(fc.nat(WHOLE.length), fc.nat(WHOLE.length), fc.uint8Array({ maxLength: 40 }))
      .map(([a, b, middle]) =>
        Uint8Array.from([...WHOLE.subarray(0, Math.min(a, b)), ...middle, ...WHOLE.subarray(Math.max(a, b))]),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), spliced), (bytes) => {
        try {
          decodePolicy(bytes, { maxBytes: 1 << 20 });
          assert.deepEqual(bytes, WHOLE);
        } catch (thrown) {
          assert.ok(thrown instanceof SoftqdError, String(thrown));
          assert.ok(thrown.code === 'E_POLICY_FILE' || thrown.code === 'E_POLICY_NON_FINITE', thrown.code);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a policy with any finite weights', () => {
  it('returns for any finite observation actions in [-1, 1], or NaN for the guard', () => {
    const weight = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 3, maxLength: 3 }),
        weight,
        fc.integer(),
        (observation, large, seed) => {
          const snapshot = randomPolicy({}, seed);
          snapshot.tensors.get('sampler.1.weight')!.data[3] = large;
          const policy = new PortablePolicy({
            observationSize: 3,
            actionSize: 2,
            random: new XoshiroRandom(seed),
            latentCorrelation: 0.5,
            exploration: 'ornstein-uhlenbeck',
          });
          policy.load(snapshot, 1);
          const out = new Float32Array(2);
          for (const mode of ['sample', 'zero', 'best'] as const) {
            policy.act(Float32Array.from(observation), out, mode);
            for (const a of out) assert.ok(Number.isNaN(a) || Math.abs(a) <= 1, `${mode}: ${a}`);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
