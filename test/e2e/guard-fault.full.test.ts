import assert from 'node:assert/strict';
import { requireAddon } from '../support/addon.ts';
import { cli, errorCode, type CliResult } from '../support/cli.ts';
import type { ReceivedWrite, ServoGroundTruth } from '../support/servo-ground-truth.ts';
import { loadRobot } from '../support/simulator.ts';
import { startVirtualRobot, startVirtualRun } from '../support/virtual-run.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

const STEP_RAD = (2 * Math.PI) / 4096;
/** A goal is rounded to whole steps, and its time is known to a few ms. */
const TOLERANCE_RAD = 0.02;
const FAULT_S = 20;
const STUCK = 'stuck=3';
const MAX_ATTEMPTS = 3;
/** Of a hold: what carries the load. */
const MAX_HOLD_OFFSET_RAD = 0.04;
/** A joint whose load needs a larger offset sinks by the difference. */
const MAX_SINKING_RAD = 0.2;

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Ended {
  readonly result: CliResult;
  readonly truth: ServoGroundTruth;
}

/** Runs until the fault ends it; again where a stall of this machine did. */
async function runUntilFault(robot: string, fault: string, code: RegExp): Promise<Ended> {
  for (let attempt = 1; ; attempt++) {
    const ended = await runWith(robot, fault).catch(() => null);
    if (ended !== null && (code.test(errorCode(ended.result) ?? '') || attempt === MAX_ATTEMPTS)) return ended;
    assert.ok(attempt < MAX_ATTEMPTS, 'the machine is too busy');
  }
}

/** Runs with random actions until a fault ends it; a joint that is stuck from the start is jogged. */
async function runWith(robot: string, fault: string): Promise<Ended> {
  const isStuck = fault === STUCK;
  const virtual = await startVirtualRobot(robot, ['--fault', `${fault}@${isStuck ? 0 : FAULT_S}s`]);
  try {
    const jog = ['jog', 'elbow_flex', ...virtual.flags, '--driver', virtual.driver, '--by', '-0.8'];
    const result = isStuck
      ? await cli(jog)
      : await (
          await startVirtualRun(virtual, 'reach', ['--duration', '60'])
        ).done;
    await wait(300);
    return { result, truth: virtual.truth() };
  } finally {
    await virtual.close();
  }
}

describe('a fault that the guard raises on a healthy bus, judged by the ground truth', function () {
  realTimeTests(this, 300_000);

  before(function () {
    requireAddon(this);
  });

  for (const { robot, fault, code, limit } of [
    { robot: 'so101', fault: STUCK, code: /^E_(JOINT_STALLED|FOLLOWING_ERROR)$/, limit: 'torqueLimit' },
    { robot: 'koch', fault: STUCK, code: /^E_(JOINT_STALLED|FOLLOWING_ERROR)$/, limit: 'goalPwm' },
    { robot: 'so101', fault: 'temperature=2:68C', code: /^E_OVERHEATED$/, limit: 'torqueLimit' },
  ] as const) {
    it(`${robot}, ${fault}: decelerates, does not push on, then holds`, async () => {
      const { result, truth } = await runUntilFault(robot, fault, code);
      assert.match(errorCode(result) ?? '', code, result.stderr);
      // Arming writes goals and torque limits, too.
      const armedMs = truth
        .writes()
        .findLast(({ register, value }) => register === 'torqueEnable' && value === 1)!.atMs;
      const sinceMs = Math.max(armedMs, truth.faultMs(fault));
      const writes = truth.writes().filter(({ atMs }) => atMs > sinceMs);
      // The first write of the stop plan; until then there are goals only.
      const stop = writes.find(({ register }) => register === limit);
      assert.ok(stop !== undefined, 'the stop plan was not carried out');
      const held = writes.filter(({ register, atMs }) => register === 'goalPosition' && atMs >= stop.atMs - 5);
      const goals = writes.filter(({ register, atMs }) => register === 'goalPosition' && atMs < stop.atMs - 5);
      const { joints } = loadRobot(robot);
      joints.forEach(({ name, limits }, i) => {
        const own = goals.filter(({ id }) => id === i + 1);
        if (fault === STUCK && i === 2)
          assertNotPushed(
            own,
            held.find(({ id }) => id === 3)!,
            truth,
          );
        else assert.ok(isAtRest(own), `${name} does not decelerate before its stop mode`);
        assertSlow(name, own, limits.maxVelocityRadOrMPerS!);
        const moved = truth.motion(i, stop.atMs);
        assert.ok(moved < MAX_SINKING_RAD, `${name} moved ${moved} rad after the stop`);
      });
    });
  }
});

/** No goal is further from the one before than the velocity limit allows. */
function assertSlow(name: string, goals: readonly ReceivedWrite[], maxVelocity: number): void {
  goals.slice(1).forEach(({ atMs, value }, i) => {
    const before = goals[i]!;
    const rad = Math.abs(value - before.value) * STEP_RAD;
    // Its distance limit lets a command follow its joint, and the fault returns it to the joint.
    if (rad > 0.1 && i > goals.length - 60 && name === 'elbow_flex') return;
    const most = (maxVelocity * Math.max(20, atMs - before.atMs)) / 1000;
    assert.ok(rad <= most + TOLERANCE_RAD, `${name}: ${rad} rad in ${atMs - before.atMs} ms`);
  });
}

/** The last two goals are the same: the command has come to rest. */
function isAtRest(goals: readonly ReceivedWrite[]): boolean {
  const [last, before] = goals.slice(-2).reverse();
  return last !== undefined && before !== undefined && Math.abs(last.value - before.value) <= 1;
}

/** The last goals of a stuck joint are where it is. */
function assertNotPushed(goals: readonly ReceivedWrite[], held: ReceivedWrite, truth: ServoGroundTruth): void {
  const last = goals.at(-1)!;
  const apart = Math.abs(held.value - last.value) * STEP_RAD;
  assert.ok(apart <= MAX_HOLD_OFFSET_RAD + 2 * STEP_RAD, `commanded ${apart} rad away from where it is held`);
  const farthest = Math.max(...goals.slice(-60).map(({ value }) => Math.abs(value - last.value))) * STEP_RAD;
  assert.ok(farthest > 0.1, `it was never pushed: ${farthest} rad`);
  assert.ok(truth.motion(2, last.atMs) < 0.03, 'it moved after the fault');
}
