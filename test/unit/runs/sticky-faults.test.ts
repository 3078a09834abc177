import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import { isStickyFault, keptFaults, StickyFaults } from '../../../src/runs/sticky-faults/index.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';

const overload = new SoftqdError('E_SERVO_STATUS', 'servo 3: overload', { values: { id: 3 } });

describe('sticky faults', () => {
  it('are kept for each robot and id, for this user alone, until they are cleared', () =>
    withTemporaryDirectory((directory) => {
      const left = new StickyFaults(directory, 'so101', 'left');
      assert.equal(left.read(), null);
      left.keep(overload, '/runs/1');
      assert.equal(statSync(left.path).mode & 0o777, 0o600);
      const other = new StickyFaults(directory, 'so101', 'left').read();
      assert.deepEqual(
        { ...other, at: undefined },
        {
          ...{ robot: 'so101', id: 'left', code: 'E_SERVO_STATUS', message: 'servo 3: overload' },
          ...{ values: { id: 3 }, run: '/runs/1', at: undefined },
        },
      );
      assert.equal(new StickyFaults(directory, 'so101', null).read(), null);
      assert.deepEqual(
        keptFaults(directory).map(({ id }) => id),
        ['left'],
      );
      assert.equal(left.clear()?.code, 'E_SERVO_STATUS');
      assert.equal(left.read(), null);
      assert.equal(left.clear(), null);
      return Promise.resolve();
    }));

  it('the first fault stays when another follows', () =>
    withTemporaryDirectory((directory) => {
      const faults = new StickyFaults(directory, 'so101', null);
      faults.keep(overload, '/runs/1');
      faults.keep(new SoftqdError('E_SERIAL_LOST', 'unplugged'), '/runs/2');
      assert.equal(faults.read()?.code, 'E_SERVO_STATUS');
      assert.match(readFileSync(faults.path, 'utf8'), /"run": "\/runs\/1"/);
      return Promise.resolve();
    }));

  it('a damaged or unreadable file is a fault, too, and the refusal names the command that clears it', () =>
    withTemporaryDirectory((directory) => {
      const faults = new StickyFaults(directory, 'so101', 'left');
      mkdirSync(dirname(faults.path), { recursive: true });
      writeFileSync(faults.path, '{"code":');
      const damaged = faults.read()!;
      assert.match(damaged.message, /damaged/);
      const refusal = faults.refusal(damaged);
      assert.equal(refusal.code, 'E_FAULT_STICKY');
      assert.equal(refusal.exitCode, 3);
      assert.match(refusal.hint, /softqd clear-fault --robot so101 --id left/);
      chmodSync(faults.path, 0o600);
      faults.clear();
      assert.equal(faults.read(), null);
      return Promise.resolve();
    }));

  it('every error of armed hardware is one, and nothing else', () => {
    const fault = { failure: overload, wasArmed: true, willRearm: false };
    assert.equal(isStickyFault(fault, { simulated: false }), true);
    assert.equal(isStickyFault(fault, { simulated: true }), false);
    assert.equal(isStickyFault({ ...fault, failure: null }, { simulated: false }), false);
    assert.equal(isStickyFault({ ...fault, wasArmed: false }, { simulated: false }), false);
    assert.equal(isStickyFault({ ...fault, willRearm: true }, { simulated: false }), false);
  });
});
