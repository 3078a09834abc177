import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  jogToTarget,
  type Jogged,
  type JogMove,
  type JogResult,
  type JogState,
} from '../../../../src/commissioning/index.ts';
import { ScriptedDriver } from '../../../../src/driver/index.ts';
import type { CommandMode, RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { isStopConfirmed } from '../../../../src/robot/stop-plan.ts';
import { StopRequests } from '../../../../src/runs/stop-requests/index.ts';
import { createGuard, stopPlan } from '../../../../src/safety/index.ts';
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
  readonly result: Promise<Jogged<JogResult> | null>;
  readonly driver: ScriptedDriver;
  readonly states: JogState[];
  readonly stops: StopRequests;
}

type Measured = (target: number) => number;

/** Jogs the elbow of a scripted robot; simulated time passes, one reading a period, until it has ended. `measured` is where it is at a target. */
function jog(commandMode: CommandMode, move: JogMove, measured: Measured | null = null): Jog {
  const robot = robotIn(commandMode);
  const clock = new SimulatedClock();
  const driver = new ScriptedDriver({ spec: robot, clock, lockStep: false });
  const states: JogState[] = [];
  const stops = new StopRequests();
  const guard = createGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 0.1, clock });
  const result = jogToTarget(
    {
      ...{ driver, guard, clock, stops, periodS: PERIOD_S, joint: 1, speed: 0.3, plan: stopPlan(robot) },
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
      const target = driver.applied.at(-1)?.targets[1] ?? 0;
      driver.push(measured === null ? {} : { positions: Float64Array.of(0, measured(target)) });
      clock.advanceTo(clock.nowNs() + PERIOD_S * 1e9);
      await nextMacrotask();
    }
  })();
  return { result, driver, states, stops };
}

async function ended({ result }: Jog): Promise<Jogged<JogResult>> {
  const jogged = await result;
  assert.ok(jogged !== null);
  return jogged;
}

describe('jogToTarget', () => {
  it('moves a position joint to its limit at full speed without a clip, and holds the others', async () => {
    const jogging = jog('position', { kind: 'to', value: 0.7 });
    const { result, stop } = await ended(jogging);
    const { from, to, position, reached, shortfall, clips } = result;
    assert.deepEqual([from, to, position, reached, shortfall], [0, 0.7, 0.7, true, null]);
    assert.deepEqual(Object.keys(clips), []);
    const { applied, disarmReasons } = jogging.driver;
    assert.ok(applied.every(({ targets }) => targets[0] === 0));
    assert.equal(applied.at(-1)!.targets[1], 0.7);
    assert.deepEqual([disarmReasons.length, isStopConfirmed(stop.report), stop.failure], [1, true, null]);
  });

  for (const by of [0.04, -0.02, 0.3]) {
    it(`moves by ${by} within the tolerance although the joint sags under its load and sticks`, async () => {
      let at = 0;
      /** A servo that stays 0.05 below its target under the load, and up to 0.01 on either side of that by friction. */
      const measured: Measured = (target) => {
        const off = target - 0.05 - at;
        if (Math.abs(off) > 0.01) at += Math.sign(off) * Math.min(0.02, Math.abs(off) - 0.01);
        return at;
      };
      const { result } = await ended(jog('position', { kind: 'by', value: by }, measured));
      assert.equal(result.reached, true, JSON.stringify(result));
      assert.ok(Math.abs(result.position - result.from - by) <= result.tolerance, JSON.stringify(result));
      assert.equal(result.tolerance, 0.003);
    });
  }

  let ticks = 0;
  for (const [why, move, measured] of [
    ['limit', { kind: 'by', value: 2 }, (target: number) => target],
    ['limit', { kind: 'to', value: 0.69 }, (target: number) => target - 0.05],
    ['load', { kind: 'to', value: 0.3 }, (target: number) => target - 0.2],
    ['blocked', { kind: 'to', value: 0.5 }, (target: number) => Math.min(0.2, target)],
    ['timeout', { kind: 'to', value: 0.3 }, (target: number) => target + 0.01 * (ticks++ % 2 === 0 ? 1 : -1)],
  ] as const) {
    it(`says by how much a joint is off its target, and why: ${why} of ${JSON.stringify(move)}`, async () => {
      const jogging = jog('position', move, measured);
      const { result } = await ended(jogging);
      assert.deepEqual([result.reached, result.shortfall], [false, why], JSON.stringify(result));
      assert.ok(Math.abs(result.error!) > result.tolerance || why === 'timeout', String(result.error));
      const furthest = Math.max(...jogging.driver.applied.map(({ targets }) => targets[1]!));
      assert.ok(furthest <= Math.min(0.7, result.to! + 0.12 + 1e-9), `commanded ${furthest}`);
    });
  }

  it('applies exactly the maximum effort, for its time, and then none', async () => {
    const jogging = jog('effort', { kind: 'effort', value: 0.3, seconds: 0.2 });
    const { to, reached, error, clips } = (await ended(jogging)).result;
    assert.deepEqual([to, reached, error, Object.keys(clips)], [null, true, null, []]);
    const { states, driver } = jogging;
    assert.ok(states.length >= 9 && states.length <= 12, `${states.length} ticks`);
    assert.deepEqual(new Set(driver.applied.slice(0, states.length).map(({ targets }) => targets[1])), new Set([0.3]));
    assert.equal(driver.armed, false);
  });

  it('decelerates at a request to stop, then disarms', async () => {
    const jogging = jog('velocity', { kind: 'to', value: 0.7 });
    const { states, stops, driver } = jogging;
    while (states.length < 5) await nextMacrotask();
    stops.escalate('stop');
    const { result, stop } = await ended(jogging);
    assert.deepEqual([result.reached, result.shortfall, stop.failure], [false, 'interrupted', null]);
    assert.equal(driver.applied.at(-1)!.targets[1], 0);
    assert.deepEqual([driver.armed, driver.disarmReasons.length], [false, 1]);
  });

  it('sets the stop modes at once at a second request, before the loop ends', async () => {
    const jogging = jog('position', { kind: 'to', value: 0.7 });
    const { states, stops, driver } = jogging;
    while (states.length < 5) await nextMacrotask();
    stops.escalate('stop');
    stops.escalate('stop');
    assert.equal(stops.level, 'emergency');
    assert.deepEqual(driver.disarmReasons, ['emergency stop']);
    await ended(jogging);
  });

  it('does not move after a request to stop before it is armed', async () => {
    const jogging = jog('position', { kind: 'to', value: 0.7 });
    jogging.stops.escalate('stop');
    assert.equal(await jogging.result, null);
    assert.deepEqual([jogging.driver.applied.length, jogging.driver.armed], [0, false]);
  });

  it('reports a lost driver as the failure of its stop, and disarms', async () => {
    const jogging = jog('position', { kind: 'to', value: 0.7 });
    const { states, driver } = jogging;
    while (states.length < 5) await nextMacrotask();
    driver.lose(new SoftqdError('E_SERIAL_LOST', 'unplugged'));
    const { stop } = await ended(jogging);
    assert.equal(stop.failure?.code, 'E_SERIAL_LOST');
    assert.equal(driver.disarmReasons.at(-1), 'unplugged');
  });
});
