import assert from 'node:assert/strict';
import { sha256Hex } from '../../../src/base/digest-adapter.ts';
import type { SoftqdError } from '../../../src/base/errors.ts';
import { PolicySwitcher, type LoadablePolicy } from '../../../src/runs/policy-switcher.ts';
import { encodePolicy, policyShapes, type PolicySnapshot } from '../../../src/policy/index.ts';
import type { PolicyMeta } from '../../../src/policy/port.ts';
import { layers } from '../../support/networks.ts';

const identity = {
  robot: 'pendulum',
  task: 'Pendulum-v1',
  observationNames: ['cos', 'sin', 'thetaDot'],
  actionNames: ['pivot'],
};

function snapshot(changes: Partial<PolicyMeta> = {}, value = 0.01): PolicySnapshot {
  const meta: PolicyMeta = {
    ...identity,
    ...layers([4, 4], true),
    criticCount: 2,
    latentSize: 1,
    latentSkip: 0,
    algorithm: {},
    step: 10,
    parent: null,
    ...changes,
  };
  const tensors = new Map(
    [...policyShapes(meta)].map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(name.endsWith('scale') ? 1 : value) },
    ]),
  );
  return { meta, tensors };
}

function received(version: number, content = snapshot()): { version: number; sha256: string; bytes: Uint8Array } {
  const bytes = encodePolicy(content);
  return { version, sha256: sha256Hex(bytes), bytes };
}

function driverOver(): { driver: PolicySwitcher; loaded: number[]; refused: string[] } {
  const loaded: number[] = [];
  const refused: string[] = [];
  const policy: LoadablePolicy = { version: 0, load: (_snapshot, version) => loaded.push(version) };
  const driver = new PolicySwitcher([policy], identity, (error: SoftqdError, version) =>
    refused.push(`${version} ${error.code}`),
  );
  return { driver, loaded, refused };
}

describe('PolicyDriver', () => {
  it('swaps only when called, between ticks, to the newest snapshot', () => {
    const { driver, loaded } = driverOver();
    driver.receive(received(1));
    driver.receive(received(2));
    assert.deepEqual(loaded, []);
    assert.equal(driver.swap(), true);
    assert.deepEqual(loaded, [2]);
    assert.equal(driver.swap(), false);
    assert.equal(driver.active?.version, 2);
  });

  it('rejects a snapshot that is corrupt, mismatched or not finite, reports it, and keeps the old one', () => {
    const { driver, loaded, refused } = driverOver();
    driver.receive(received(1));
    driver.swap();
    const flipped = received(2);
    flipped.bytes[flipped.bytes.length - 3]! ^= 1;
    driver.receive(flipped);
    driver.receive(received(3, snapshot({ robot: 'arm2' })));
    const cut = received(4);
    const short = cut.bytes.slice(0, cut.bytes.length - 8);
    driver.receive({ version: 4, bytes: short, sha256: sha256Hex(short) });
    assert.equal(driver.swap(), false);
    assert.deepEqual(loaded, [1]);
    assert.deepEqual(refused, ['2 E_POLICY_FILE', '3 E_POLICY_MISMATCH', '4 E_POLICY_FILE']);
    assert.equal(driver.rejected, 3);
  });

  it('ignores snapshots that a restarted learner sends again', () => {
    const { driver, loaded } = driverOver();
    driver.receive(received(5));
    driver.swap();
    driver.receive(received(4));
    driver.receive(received(5));
    assert.equal(driver.swap(), false);
    assert.deepEqual(loaded, [5]);
  });
});
