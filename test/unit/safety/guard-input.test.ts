import { SimulatedClock } from '../../../src/base/clock.ts';
import { DEFAULT_SAFETY } from '../../../src/robot/safety-spec.ts';
import assert from 'node:assert/strict';
import { LIMITS, arm, guardOf, still, check } from '../../support/guarded-arm.ts';
import { readingOf } from '../../support/robots.ts';

describe('invalid input of the guard', () => {
  it('stops only the joint of a command that is not finite', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const guard = guardOf(arm());
      guard.arm(still);
      assert.deepEqual(check(guard, [bad, 0.5]), [[0.5, 0.5], ['nonFiniteAction']]);
      assert.deepEqual(check(guard, [0.52, bad]), [[0.52, 0], ['nonFiniteAction']]);
    }
  });

  it('stops every joint for a command of another size', () => {
    const guard = guardOf(arm());
    guard.arm(still);
    for (const targets of [[], [0.6], [0.6, 0.5, 0.4]]) {
      assert.deepEqual(check(guard, targets), [[0.5, 0], ['nonFiniteAction']]);
    }
  });

  it('stops the robot for a reading with NaN, with another size or without its sensor', () => {
    const robot = arm({ sensors: [{ name: 'tip', size: 2, unit: 'm' }] });
    const whole = { positions: [0.5, 0.2], sensors: { tip: [1, 2] } };
    const guard = guardOf(robot);
    guard.arm(readingOf(whole));
    assert.deepEqual(check(guard, [0.51, 0.5], readingOf(whole)), [[0.51, 0.5], []]);
    for (const broken of [
      { ...whole, positions: [NaN, 0.2] },
      { ...whole, velocities: [0, Infinity] },
      { ...whole, efforts: [0, NaN] },
      { ...whole, positions: [0.5] },
      { ...whole, sensors: { tip: [1, NaN] } },
      { ...whole, sensors: { tip: [1] } },
      { ...whole, sensors: {} },
    ]) {
      assert.deepEqual(check(guard, [0.52, 0.5], readingOf(broken)), [[0.51, 0], ['nonFiniteReading']]);
      assert.equal(guard.state, 'armed', 'a simulated robot stays armed and continues with valid readings');
    }
    assert.deepEqual(check(guard, [0.52, 0.5], readingOf(whole)), [[0.52, 0.5], []]);
  });

  it('rejects a reading as stale beyond its age limit, in past or future, or with time NaN', () => {
    const guard = guardOf(arm());
    guard.arm(still);
    assert.deepEqual(check(guard, [0.5, 0.5], still, 0.05e9)[1], []);
    for (const nowNs of [0.0501e9, 1e18, -0.0501e9, NaN]) {
      assert.deepEqual(check(guard, [0.5, 0.5], still, nowNs), [[0.5, 0], ['staleReading']]);
    }
  });

  it('does not damp with the velocity of an invalid reading', () => {
    const robot = arm({ joints: [{ commandMode: 'effort', limits: LIMITS, stopMode: 'damp' }] });
    const guard = guardOf(robot);
    const moving = readingOf({ positions: [0], velocities: [2] });
    guard.arm(moving);
    guard.stop(null);
    assert.deepEqual(check(guard, [1], moving), [[-0.5], ['stopping']]);
    assert.deepEqual(check(guard, [1], moving, 1e9), [[0], ['staleReading', 'stopping']]);
  });

  it('decelerates at a stale reading on hardware, continues with the next, and faults when they stay away', () => {
    const guard = guardOf(arm({ kind: 'hardware' }));
    guard.arm(still);
    assert.deepEqual(check(guard, [0.5, 0.5], still, 0.08e9)[1], ['staleReading']);
    assert.equal(guard.state, 'armed');
    assert.deepEqual(check(guard, [0.5, 0.5])[1], []);
    // From the first stale check on: 0.3 s are 15 periods.
    for (let i = 0; i < 15; i++) {
      check(guard, [0.5, 0.5], still, 0.08e9);
      assert.equal(guard.state, 'armed', `after ${i} periods`);
    }
    assert.deepEqual(check(guard, [0.5, 0.5], still, 0.08e9)[1], ['staleReading', 'faulted']);
    assert.equal(guard.reason?.code, 'E_READING_STALE');
    assert.match(guard.reason.message, /80 ms old \(maximum 50 ms/);
    assert.deepEqual(check(guard, [0.5, 0.5])[1], ['faulted']);
    assert.equal(guard.clips.get('staleReading'), 17);
  });

  it('faults also while it stops, after the time of the robot file, and names the invalid part', () => {
    const guard = guardOf({ ...arm({ kind: 'hardware' }), safety: { ...DEFAULT_SAFETY, readingLossFaultS: 0.1 } });
    guard.arm(still);
    guard.stop(null);
    const broken = readingOf({ positions: [0.5, NaN] });
    for (let i = 0; i < 5; i++) check(guard, [0.5, 0.5], broken);
    assert.equal(guard.state, 'stopping');
    check(guard, [0.5, 0.5], broken);
    assert.equal(guard.state, 'faulted');
    assert.equal(guard.reason?.code, 'E_READING_NON_FINITE');
    assert.match(guard.reason.message, /positions\[1\] is NaN/);
  });

  it('counts only a continuous loss, and none while disarmed', () => {
    const guard = guardOf(arm({ kind: 'hardware' }));
    for (let i = 0; i < 50; i++) check(guard, [0, 0], still, 1e9);
    assert.equal(guard.state, 'disarmed');
    guard.arm(still);
    for (let i = 0; i < 50; i++) {
      check(guard, [0, 0], still, 1e9);
      if (i % 10 === 9) check(guard, [0, 0]);
    }
    assert.equal(guard.state, 'armed');
  });

  it('is a fault of a simulated robot in real time only', () => {
    for (const clock of [undefined, new SimulatedClock(0)]) {
      const guard = guardOf(arm(), clock === undefined ? {} : { clock });
      guard.arm(still);
      for (let i = 0; i < 20; i++) check(guard, [0, 0], still, 1e9);
      assert.equal(guard.state, clock === undefined ? 'armed' : 'faulted');
    }
  });
});
