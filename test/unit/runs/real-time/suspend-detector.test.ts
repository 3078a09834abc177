import assert from 'node:assert/strict';
import { suspendedNs } from '../../../../src/runs/loop-clock.ts';
import { SuspendDetector } from '../../../../src/runs/real-time/suspend-detector.ts';

describe('a suspended machine', () => {
  it('is detected once, by the clock that goes on', () => {
    let offsetNs = 7e12;
    const detector = new SuspendDetector(() => offsetNs);
    detector.check();
    offsetNs += 1e6;
    detector.check();
    offsetNs += 3e9;
    assert.throws(() => detector.check(), { code: 'E_MACHINE_SUSPENDED', message: /suspended for 3 s/ });
    detector.check();
  });

  it('is not reported by a machine that runs', () => {
    const detector = new SuspendDetector(suspendedNs);
    for (let i = 0; i < 1000; i++) detector.check();
    assert.ok(suspendedNs() >= 0, String(suspendedNs()));
  });
});
