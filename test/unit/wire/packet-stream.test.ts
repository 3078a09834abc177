import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteWindow } from '../../../src/wire/packet-stream.ts';

describe('ByteWindow', () => {
  it('keeps the newest bytes in order, within its capacity, and returns how many it dropped', () => {
    const step = fc.record({ append: fc.uint8Array({ maxLength: 40 }), take: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const window = new ByteWindow(32);
        let model: number[] = [];
        for (const { append, take } of steps) {
          model.push(...append);
          const lost = Math.max(0, model.length - 32);
          model = model.slice(lost);
          assert.equal(window.append(append), lost);
          const count = Math.min(take, model.length);
          window.take(count);
          model = model.slice(count);
          assert.deepEqual([...window.bytes.subarray(window.first, window.first + window.length)], model);
        }
      }),
    );
  });
});
