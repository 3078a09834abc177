import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { jogToTarget, type JogMove, type JogResult, type JogState } from '../../../../src/commissioning/index.ts';
import { ScriptedDriver } from '../../../../src/driver/index.ts';
import type { CommandMode, RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { createGuard } from '../../../../src/safety/index.ts';
import { nextMacrotask } from '../../../support/control-loop.ts';
import { robotOf } from '../../../support/robots.ts';

const PERIOD_S = 0.02;
const LIMITS = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 0.7,
  // Above the speed of the jog: ticks are not exactly one period apart.
  maxVelocityRadOrMPerS: 0.31,
  maxEffortNmOrN: 0.3,
};
const robotIn = (commandMode: CommandMode): RobotSpec =>
  robotOf({
    name: 'arm',
    joints: [
      { name: 'base', commandMode: 'position', limits: LIMITS },
      { name: 'elbow', commandMode, limits: LIMITS },
    ],
    controlPeriodS: PERIOD_S,
    readingMaxAgeS: 0.1,
  });

interface Jog {
  readonly result: Promise<JogResult>;
  readonly driver: ScriptedDriver;
  readonly states: JogState[];
  readonly abort: AbortController;
}

/** Jogs the elbow of a scripted robot; simulated time passes, one reading a period, until it has ended. */
function jog(commandMode: CommandMode, move: JogMove): Jog {
  const robot = robotIn(commandMode);
  const clock = new SimulatedClock();
  const driver = new ScriptedDriver({ spec: robot, clock, lockStep: false });
  const states: JogState[] = [];
  const abort = new AbortController();
  const guard = createGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 0.1, clock });
  const result = jogToTarget(
    {
      ...{ driver, guard, clock, periodS: PERIOD_S, joint: 1, speed: 0.3, signal: abort.signal },
      onState: (state) => states.push(state),
    },
    move,
  );
  let ended = false;
  result.then(
    () => (ended = true),
    () => (ended = true),
  );
  void (async () => {
    while (!ended) {
      driver.push();
      clock.advanceTo(clock.nowNs() + PERIOD_S * 1e9);
      await nextMacrotask();
    }
  })();
  return { result, driver, states, abort };
}

describe('jogToTarget', () => {
  it('moves a position joint to its limit at full speed without a clip, and holds the others', async () => {
    const { result, driver } = jog('position', { kind: 'to', value: 0.7 });
    const { from, to, reached, clips } = await result;
    assert.deepEqual([from, to, reached], [0, 0.7, true]);
    assert.deepEqual(Object.keys(clips), ['stopping']);
    assert.ok(driver.applied.every(({ targets }) => targets[0] === 0));
    assert.equal(driver.applied.at(-1)!.targets[1], 0.7);
    assert.equal(driver.disarmReasons.length, 1);
  });

  it('applies exactly the maximum effort, for its time, and then none', async () => {
    const { result, driver, states } = jog('effort', { kind: 'effort', value: 0.3, seconds: 0.2 });
    const { to, reached, clips } = await result;
    assert.deepEqual([to, reached, Object.keys(clips)], [null, true, ['stopping']]);
    assert.ok(states.length >= 9 && states.length <= 12, `${states.length} ticks`);
    assert.deepEqual(new Set(driver.applied.slice(0, states.length).map(({ targets }) => targets[1])), new Set([0.3]));
    assert.equal(driver.applied.at(-1)!.targets[1], 0);
  });

  it('sends the stop mode after an abort before it disarms', async () => {
    const { result, driver, states, abort } = jog('velocity', { kind: 'to', value: 0.7 });
    while (states.length < 5) await nextMacrotask();
    abort.abort();
    const { reached } = await result;
    assert.equal(reached, false);
    assert.ok(driver.applied.length >= states.length + 9);
    assert.equal(driver.applied.at(-1)!.targets[1], 0);
    assert.equal(driver.armed, false);
  });

  it('rejects when the driver is lost, and disarms', async () => {
    const { result, driver, states } = jog('position', { kind: 'to', value: 0.7 });
    while (states.length < 5) await nextMacrotask();
    driver.lose(new SoftqdError('E_SERIAL_LOST', 'unplugged'));
    await assert.rejects(result, { code: 'E_SERIAL_LOST' });
    assert.equal(driver.disarmReasons.at(-1), 'unplugged');
  });
});
