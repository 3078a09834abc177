import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { decodeTick, encodeTick } from '../../../../src/wire/experience/tick-record.ts';
import { tickAt } from '../../../support/experience/ticks.ts';

describe('tick records', () => {
  it('round-trip bit-identically, with fractions of nanoseconds and signed zeros', () => {
    for (const tick of [tickAt(0), tickAt(1), { ...tickAt(2), command: null }]) {
      assert.deepStrictEqual(decodeTick(encodeTick(tick)), tick);
    }
  });

  it('keep the condition of the motors, unknown values, too', () => {
    const tick = tickAt(1);
    const health = [
      { temperatureC: 41, supplyV: 7.4, load: -0.25 },
      { temperatureC: null, supplyV: null, load: 0 },
    ];
    const withHealth = { ...tick, reading: { ...tick.reading, health } };
    assert.deepStrictEqual(decodeTick(encodeTick(withHealth)), withHealth);
  });

  it('keep which servos were cleared of an overload', () => {
    const tick = tickAt(1);
    const recovering = { ...tick, reading: { ...tick.reading, recovering: [1] } };
    assert.deepStrictEqual(decodeTick(encodeTick(recovering)), recovering);
  });

  it('of any bytes are a tick or a frame error, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeTick(bytes);
        } catch (error) {
          assert.ok(error instanceof SoftqdError && error.code.startsWith('E_FRAME_INVALID'));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('with more joints than a robot can have are rejected', () => {
    const tick = tickAt(1);
    const command = { ...tick.command!, targets: new Float64Array(65) };
    assert.throws(() => decodeTick(encodeTick({ ...tick, command })), { code: 'E_FRAME_INVALID' });
  });

  it('of six joints take less than 400 bytes', () => {
    const six = new Float64Array(6).fill(Math.PI);
    const tick = tickAt(1);
    const bytes = encodeTick({
      ...tick,
      reading: { ...tick.reading, positions: six, velocities: six, efforts: six, sensors: new Map() },
      command: { ...tick.command!, targets: six, applied: six, proposedAction: new Float32Array(6).fill(0.3) },
    });
    assert.ok(bytes.length < 400, `${bytes.length} bytes`);
    assert.ok(bytes.length > 200, `${bytes.length} bytes`);
  });
});
