import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../src/base/clock.ts';
import { verifyDirections, type VerifiedDirection } from '../../../src/commissioning/index.ts';
import { expectedMotion } from '../../../src/commissioning/calibration/expected-motion.ts';
import { ScriptedDriver } from '../../../src/driver/index.ts';
import { StopRequests } from '../../../src/runs/stop-requests/index.ts';
import { createGuard, stopPlan } from '../../../src/safety/index.ts';
import { nextMacrotask } from '../../support/control-loop.ts';
import { robotOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const PERIOD_S = 0.02;
const LIMITS = { minPositionRadOrM: -2, maxPositionRadOrM: 0.7, maxVelocityRadOrMPerS: 1, maxEffortNmOrN: 0.3 };
const robot = robotOf({
  name: 'arm',
  joints: ['base', 'elbow', 'wrist'].map((name) => ({ name, commandMode: 'position' as const, limits: LIMITS })),
  controlPeriodS: PERIOD_S,
  readingMaxAgeS: 0.1,
});

interface Verified {
  readonly directions: VerifiedDirection[];
  readonly questions: string[];
  readonly code: string | null | undefined;
  readonly message: string;
  /** The largest distance of each joint's target from where it was. */
  readonly reached: readonly number[];
}

/** `measured`: where the joints are for these targets. */
async function verify(
  measured: (targets: readonly number[]) => readonly number[],
  ask: ((question: string) => boolean) | null = null,
): Promise<Verified> {
  const clock = new SimulatedClock();
  const driver = new ScriptedDriver({ spec: robot, clock, lockStep: false });
  const directions: VerifiedDirection[] = [];
  const questions: string[] = [];
  const result = verifyDirections({
    ...{ driver, clock, periodS: PERIOD_S, plan: stopPlan(robot), stops: new StopRequests() },
    guard: createGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 0.1, clock }),
    ask:
      ask === null
        ? null
        : (question) => {
            questions.push(question);
            return Promise.resolve(ask(question));
          },
    onMotion: () => undefined,
    onVerified: (direction) => directions.push(direction),
  });
  let ended = false;
  void result.finally(() => (ended = true));
  while (!ended) {
    const targets = Array.from(driver.applied.at(-1)?.targets ?? [0, 0, 0]);
    driver.push({ positions: Float64Array.from(measured(targets)) });
    clock.advanceTo(clock.nowNs() + PERIOD_S * 1e9);
    await nextMacrotask();
  }
  const failure = (await result)?.stop.failure;
  const reached = [0, 1, 2].map((i) => Math.max(0, ...driver.applied.map(({ targets }) => Math.abs(targets[i]!))));
  return { directions, questions, code: failure?.code, message: failure?.message ?? '', reached };
}

describe('verifyDirections', () => {
  it('moves one joint after the other by 0.1 rad, away from the nearer limit, and compares the measured motion', async () => {
    const { directions, code, reached } = await verify((targets) => targets);
    assert.equal(code, undefined);
    assert.deepEqual(
      directions.map(({ joint, commanded, seen }) => [joint, commanded, seen]),
      ['base', 'elbow', 'wrist'].map((joint) => [joint, -0.1, null]),
    );
    assert.ok(directions.every(({ measured }) => Math.abs(measured + 0.1) < 0.01));
    assert.ok(
      reached.every((distance) => distance < 0.12),
      reached.join(' '),
    );
  });

  for (const [what, measured, message] of [
    ['the joint moves the other way', ([a, b, c]: number[]) => [a!, -0.8 * b!, c!], /elbow .*the opposite direction/],
    ['another joint moves instead', ([a, b, c]: number[]) => [a!, 0, c! + b!], /elbow .*; wrist moved instead/],
    ['another joint moves, too', ([a, b, c]: number[]) => [a!, b!, c! + b!], /elbow .*wrist moved, too/],
    [
      'the joint moves a little only',
      ([a, b, c]: number[]) => [a!, 0.2 * b!, c!],
      /elbow .*moved by -0\.0.* was command/,
    ],
  ] as const) {
    it(`is not proven when ${what}: the joint is named, and the next ones do not move`, async () => {
      const { directions, code, message: text, reached } = await verify((targets) => measured([...targets]));
      assert.equal(code, 'E_CALIBRATION', text);
      assert.match(text, message);
      assert.deepEqual(
        directions.map(({ joint }) => joint),
        ['base'],
      );
      assert.equal(reached[2], 0);
    });
  }

  it('is not proven when a person has seen something else', async () => {
    const { directions, questions, code, message } = await verify(
      (targets) => targets,
      (question) => !question.startsWith('elbow'),
    );
    assert.equal(code, 'E_CALIBRATION');
    assert.match(
      message,
      /direction of elbow is not proven: it was not seen that elbow moves by 0\.10 rad in its negative/,
    );
    assert.deepEqual([questions.length, directions.map(({ seen }) => seen)], [2, [true, false]]);
  });
});

describe('what a motion looks like', () => {
  const so101 = loadRobot('so101');
  const at = { positions: [0, 0, 0, 0, 0, 0] };

  it('is said by where the tip goes, and for joints that do not move it by their direction', () => {
    assert.equal(expectedMotion(so101, 1, { ...at, by: 0.1 }), 'shoulder_lift moves the tip down by 3.2 cm');
    assert.match(expectedMotion(so101, 1, { ...at, by: -0.1 }), /tip up/);
    assert.match(expectedMotion(so101, 0, { ...at, by: 0.1 }), /to the right, seen from the base, by 3/);
    assert.match(expectedMotion(so101, 5, { ...at, by: 0.1 }), /^gripper moves by 0\.10 rad in its positive direction/);
  });
});
