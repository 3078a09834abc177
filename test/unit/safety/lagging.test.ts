import assert from 'node:assert/strict';
import { reasonName } from '../../../src/robot/reasons.ts';
import { DEFAULT_SAFETY } from '../../../src/robot/safety-spec.ts';
import { readingOf, robotOf } from '../../support/robots.ts';
import { StatefulGuard } from '../../support/stateful-guard.ts';

const PERIOD_S = 0.02;
const LIMITS = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 2,
  maxVelocityRadOrMPerS: 3,
  maxAccelerationRadOrMPerS2: 40,
  maxEffortNmOrN: 1,
  maxCommandDistanceRadOrM: 0.3,
};
const NO_START_UP = { ...DEFAULT_SAFETY, startUp: { fraction: 1, timeS: 0 } };

describe('a joint that does not follow, when the guard stops', () => {
  it('is not pushed on: it is commanded to where it is, while the others decelerate', () => {
    const joints = ['base', 'arm', 'hand'].map((name) => ({ name, commandMode: 'position', limits: LIMITS }) as const);
    const robot = { ...robotOf({ kind: 'hardware', joints }), safety: NO_START_UP };
    const guard = new StatefulGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 0.06 });
    guard.arm(readingOf({ positions: [0, 0, 0] }));
    let sent = [0, 0, 0];
    let velocity = 0;
    const send = (): readonly string[] => {
      // The base follows, the arm is stuck, the hand has been stuck since shortly before the fault.
      const positions = [sent[0]!, 0.01, Math.min(sent[2]!, 0.02)];
      const targets = Float64Array.of(2 * Math.sin(sent[0]! + 0.1), 1, sent[0]! > 0.5 ? 1 : 0.02);
      const command = guard.checkNext({ targets }, readingOf({ positions }));
      velocity = (command.targets[0]! - sent[0]!) / PERIOD_S;
      sent = [...command.targets];
      return command.reasonCodes.map(reasonName);
    };
    while (guard.state === 'armed') send();
    assert.equal(guard.reason?.code, 'E_JOINT_STALLED');
    assert.match(guard.reason.message, /^arm /);
    assert.equal(guard.state, 'stopping');
    assert.deepEqual(sent.slice(1), [0.01, 0.02]);
    assert.ok(velocity > 0.5, `the base moves at ${velocity} rad/s`);
    for (let before = velocity; !guard.isAtRest; before = velocity) {
      assert.deepEqual(send(), ['stopping']);
      assert.ok(
        before - velocity <= LIMITS.maxAccelerationRadOrMPerS2 * PERIOD_S + 1e-9,
        'decelerates within its limit',
      );
      assert.deepEqual(sent.slice(1), [0.01, 0.02]);
    }
    assert.equal(guard.reason.code, 'E_JOINT_STALLED');
  });
});
