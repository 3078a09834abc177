import assert from 'node:assert/strict';
import { createGuard } from '../../../src/safety/index.ts';
import { HARDWARE_LIMITS, NO_START_UP, readingOf, robotOf } from '../../support/robots.ts';

const PERIOD_NS = 20_000_000;
/** safety.readingLossFaultS of NO_START_UP, ns. */
const PAUSE_NS = NO_START_UP.readingLossFaultS * 1e9;

function checkAfter(kind: 'hardware' | 'simulated', pauseNs: number) {
  const joints = [{ name: 'arm', commandMode: 'position', limits: HARDWARE_LIMITS }] as const;
  const robot = { ...robotOf({ kind, joints }), safety: NO_START_UP };
  const guard = createGuard(robot, { controlPeriodS: PERIOD_NS / 1e9, readingMaxAgeS: 0.06 });
  let nowNs = 0;
  let memory = guard.arm(guard.initialMemory, readingOf({ positions: [0] }));
  const check = (): number => {
    const reading = { ...readingOf({ positions: [0] }), arrivalNs: nowNs };
    const checked = guard.check(memory, { command: { targets: Float64Array.of(1) }, reading, nowNs });
    memory = checked.memory;
    return checked.safeCommand.targets[0]!;
  };
  check();
  nowNs += PERIOD_NS;
  const before = check();
  nowNs += pauseNs;
  return { before, after: check(), guard };
}

describe('a control loop that stood still', () => {
  it('is not continued with a hardware robot, although its reading is new', () => {
    const { before, after, guard } = checkAfter('hardware', PAUSE_NS);
    assert.equal(guard.state, 'stopping');
    assert.equal(guard.reason?.code, 'E_CONTROL_PAUSED');
    assert.match(guard.reason.message, /stood still for 0\.3 s/);
    assert.equal(after, before, 'the last target is kept');
  });

  it('is continued after a shorter pause, and with a simulated robot', () => {
    assert.equal(checkAfter('hardware', PAUSE_NS - 1).guard.state, 'armed');
    assert.equal(checkAfter('simulated', 10 * PAUSE_NS).guard.state, 'armed');
  });
});
