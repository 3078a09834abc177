import assert from 'node:assert/strict';
import { elapsedS, isPause, latest, pauseError } from '../../../src/safety/check-time.ts';
import { robotOf } from '../../support/robots.ts';

const PERIOD_S = 0.02;
const PERIOD_NS = 20_000_000;

describe('elapsedS', () => {
  it('is one period at the first check, and no time for a clock that stands still, runs back or is not a number', () => {
    assert.equal(elapsedS(null, 5, PERIOD_S), PERIOD_S);
    for (const nowNs of [1000, 999, -Infinity, NaN]) assert.equal(elapsedS(1000, nowNs, PERIOD_S), 0);
  });

  it('is the period for a time that differs from it by at most one millionth, else the measured time', () => {
    for (const differenceNs of [-19, 0, 19]) assert.equal(elapsedS(0, PERIOD_NS + differenceNs, PERIOD_S), PERIOD_S);
    for (const differenceNs of [-30, 30])
      assert.equal(elapsedS(0, PERIOD_NS + differenceNs, PERIOD_S), (PERIOD_NS + differenceNs) / 1e9);
  });

  it('is at most two periods', () => {
    assert.equal(elapsedS(0, 2 * PERIOD_NS - 1000, PERIOD_S), 0.039_999);
    for (const nowNs of [2 * PERIOD_NS, 3 * PERIOD_NS, Infinity]) assert.equal(elapsedS(0, nowNs, PERIOD_S), 0.04);
  });
});

describe('isPause', () => {
  it('is true after more than two periods, but for one millionth of them', () => {
    for (const [nowNs, expected] of [
      [PERIOD_NS, false],
      [2 * PERIOD_NS, false],
      [2 * PERIOD_NS + 39, false],
      [2 * PERIOD_NS + 41, true],
      [2.5 * PERIOD_NS, true],
      [NaN, false],
    ] as const)
      assert.equal(isPause(0, nowNs, PERIOD_S), expected, String(nowNs));
    assert.equal(isPause(null, 1e18, PERIOD_S), false);
  });
});

describe('latest', () => {
  it('never goes back, and ignores a time that is not finite', () => {
    assert.deepEqual(
      [latest(null, 5), latest(3, 5), latest(5, 3), latest(3, Infinity), latest(null, NaN)],
      [5, 5, 5, 3, null],
    );
  });
});

describe('pauseError', () => {
  const rules = { robot: robotOf({ name: 'arm', joints: [] }), pauseStopNs: 0.3e9 };

  it('is E_CONTROL_PAUSED from that time on, with the time in milliseconds', () => {
    for (const nowNs of [0.3e9, 0.300_456_7e9]) {
      const error = pauseError(rules, 0, nowNs)!;
      assert.equal(error.code, 'E_CONTROL_PAUSED');
      assert.deepEqual(error.values, { robot: 'arm', pausedS: 0.3 });
    }
    assert.equal(pauseError(rules, 1e9, 2.234_56e9)!.values['pausedS'], 1.235);
  });

  it('is none before, at the first check, and for a time that is not a number', () => {
    for (const nowNs of [0, 0.3e9 - 1, NaN]) assert.equal(pauseError(rules, 0, nowNs), null);
    assert.equal(pauseError(rules, null, 1e18), null);
  });
});
