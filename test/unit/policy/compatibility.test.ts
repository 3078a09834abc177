import assert from 'node:assert/strict';
import { checkPolicyCompatible } from '../../../src/policy/index.ts';
import { randomPolicy, SMALL_META } from '../../support/policies.ts';

describe('checkPolicyFits', () => {
  const { robot, task, observationNames, actionNames } = SMALL_META;
  const use = { robot, task, observationNames, actionNames };

  it('accepts a matching policy', () => {
    checkPolicyCompatible(randomPolicy(), use);
  });

  it('names both robots and both tasks when they differ', () => {
    assert.throws(() => checkPolicyCompatible(randomPolicy(), { ...use, robot: 'arm2', task: 'reach' }), {
      code: 'E_POLICY_MISMATCH',
      message: /pendulum Pendulum-v1.*arm2 reach/,
    });
  });

  it('rejects the same size in another order, and more or fewer elements', () => {
    for (const names of [
      ['sin', 'cos', 'velocity'],
      ['cos', 'sin'],
      [...observationNames, 'more'],
    ]) {
      assert.throws(() => checkPolicyCompatible(randomPolicy(), { ...use, observationNames: names }), {
        code: 'E_POLICY_MISMATCH',
      });
    }
    assert.throws(() => checkPolicyCompatible(randomPolicy(), { ...use, actionNames: ['other', 'joint'] }), {
      code: 'E_POLICY_MISMATCH',
    });
  });
});
