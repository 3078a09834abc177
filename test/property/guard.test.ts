import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../src/base/errors.ts';
import { firstNonFinite } from '../../src/base/finite.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { GUARD_REASON } from '../../src/robot/reasons.ts';
import type { JointSpec, RobotSpec } from '../../src/robot/robot-spec.ts';
import type { SafeCommand } from '../../src/safety/index.ts';
import { JointWitness } from '../support/joint-witness.ts';
import { StatefulGuard } from '../support/stateful-guard.ts';
import { readingOf, robotOf } from '../support/robots.ts';
import { MAX_AGE_S, joint, type Event, type ReadingPlan, event, fit, readingFrom } from '../support/guard-events.ts';

function isGood(reading: Reading, robot: RobotSpec, ageNs: number): boolean {
  const parts = [reading.positions, reading.velocities, reading.efforts];
  return (
    parts.every((part) => part.length === robot.joints.length && firstNonFinite(part) < 0) &&
    Math.abs(ageNs) <= MAX_AGE_S * 1e9
  );
}

/** Everything that the guard guarantees about one command. */
function judge(
  guard: StatefulGuard,
  safe: SafeCommand,
  given: { robot: RobotSpec; command: number[]; good: boolean },
): void {
  const { robot, command, good } = given;
  const reasons = [...safe.reasonCodes];
  assert.equal(safe.targets.length, robot.joints.length);
  assert.deepEqual(
    reasons,
    [...new Set(reasons)].sort((a, b) => a - b),
  );
  // 0 and -0 are the same command.
  const same = command.length === safe.targets.length && command.every((value, i) => value === safe.targets[i]);
  if (reasons.length === 0) {
    assert.ok(same, 'altered without a reason');
    assert.ok(good && guard.state === 'armed', 'left without a reason although something was wrong');
  } else if (good && guard.state === 'armed') {
    assert.ok(!same || reasons.includes(GUARD_REASON.nonFiniteAction), 'a reason without an alteration');
  }
  if (guard.state !== 'armed') assert.ok(reasons.some((code) => code >= GUARD_REASON.disarmed));
  if (!good) assert.ok(reasons.includes(GUARD_REASON.nonFiniteReading) || reasons.includes(GUARD_REASON.staleReading));
  const bad = command.length !== robot.joints.length || firstNonFinite(command) >= 0;
  if (good && guard.state === 'armed') assert.equal(reasons.includes(GUARD_REASON.nonFiniteAction), bad);
}

/** A guard and, for each joint, what is known about its limits. */
class Game {
  private readonly robot: RobotSpec;
  private readonly guard: StatefulGuard;
  private readonly witnesses: readonly JointWitness[];
  private placed = false;
  private nowNs = 1e9;
  private checkedNs: number | null = null;

  constructor(robot: RobotSpec) {
    const { joints, controlPeriodS } = robot;
    this.robot = robot;
    this.guard = new StatefulGuard(robot, { controlPeriodS, readingMaxAgeS: MAX_AGE_S });
    this.witnesses = joints.map((spec) => new JointWitness(spec, controlPeriodS));
  }

  play(event: Event): void {
    switch (event.kind) {
      case 'check':
        this.check(event.command, this.reading(event.reading));
        break;
      case 'arm':
        this.arm(this.reading(event.reading));
        break;
      case 'beginEpisode':
        this.beginEpisode(this.reading(event.reading));
        break;
      case 'fault':
        this.guard.fault(new SoftqdError('E_INTERNAL', 'a fault'));
        assert.equal(this.guard.state, 'faulted');
        break;
      case 'stop':
        this.guard.stop(null);
        assert.notEqual(this.guard.state, 'armed');
        break;
      case 'disarm':
        this.guard.disarm();
        assert.equal(this.guard.state, 'disarmed');
        break;
      case 'time':
        this.nowNs += event.byS * 1e9;
        break;
    }
  }

  private reading(plan: ReadingPlan): Reading {
    return readingFrom(plan, this.robot.joints.length, this.nowNs);
  }

  private place(reading: Reading): void {
    this.placed = true;
    this.checkedNs = null;
    this.witnesses.forEach((witness, i) => witness.place(reading.positions[i]!, reading.velocities[i]!));
  }

  private check(values: readonly number[], reading: Reading): void {
    const { robot, guard, nowNs } = this;
    const command = fit(values, robot.joints.length);
    const good = isGood(reading, robot, nowNs - reading.arrivalNs);
    if (good && !this.placed) this.place(reading);
    const { dtS, isPause } = this.time();
    const before = guard.state;
    const safe = guard.check({ targets: Float64Array.from(command) }, reading, nowNs);
    judge(guard, safe, { robot, command, good });
    this.witnesses.forEach((witness, i) => {
      const measured = { position: reading.positions[i]!, velocity: reading.velocities[i]! };
      if (isPause) witness.rest();
      // A joint that does not follow is commanded to where it is, at once.
      const falls = before === 'armed' && guard.state === 'stopping';
      if (falls && safe.targets[i] === nearest(robot.joints[i]!, measured.position))
        witness.place(measured.position, 0);
      const reasons = safe.reasonCodes;
      const isHeld =
        guard.state === 'stopping' ||
        !good ||
        !Number.isFinite(command[i] ?? NaN) ||
        command.length !== robot.joints.length;
      const stops = guard.state === 'disarmed' || guard.state === 'faulted';
      witness.see(safe.targets[i]!, good ? measured : null, { dtS, stops, reasons, isHeld });
    });
    this.checkedNs = Math.max(nowNs, this.checkedNs ?? -Infinity);
    this.nowNs += robot.controlPeriodS * 1e9;
  }

  /** The time for which a command may move, and whether it was not renewed for longer than that. */
  private time(): { readonly dtS: number; readonly isPause: boolean } {
    const { checkedNs, nowNs } = this;
    const { controlPeriodS } = this.robot;
    if (checkedNs === null) return { dtS: controlPeriodS, isPause: false };
    const elapsedS = (nowNs - checkedNs) / 1e9;
    return {
      dtS: Math.max(0, Math.min(elapsedS, 2 * controlPeriodS)),
      isPause: elapsedS > 2 * controlPeriodS * (1 + 1e-6),
    };
  }

  private arm(reading: Reading): void {
    const { guard, robot } = this;
    try {
      guard.arm(reading);
      this.place(reading);
    } catch (error) {
      assert.ok(error instanceof SoftqdError);
      assert.notEqual(
        guard.state === 'disarmed' && error.code === 'E_SAFETY_STATE' && robot.kind === 'simulated',
        true,
      );
    }
  }

  private beginEpisode(reading: Reading): void {
    this.guard.beginEpisode(reading);
    if (isGood(reading, this.robot, 0) && this.robot.kind === 'simulated') this.place(reading);
  }
}

/** A position within the range of its joint; NaN for a joint that has no position commands. */
function nearest({ commandMode, limits }: JointSpec, position: number): number {
  if (commandMode !== 'position') return NaN;
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = limits;
  return Math.max(low, Math.min(high, position));
}

function play(robot: RobotSpec, events: readonly Event[]): void {
  const game = new Game(robot);
  for (const event of events) game.play(event);
}

/** A part of the runs is enough for mutation tests, which repeat them for each change. */
const EFFORT = Number(process.env['SOFTQD_PROPERTY_EFFORT'] ?? 1);

const stated = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 1,
  maxVelocityRadOrMPerS: 3,
  maxAccelerationRadOrMPerS2: 40,
  maxCommandDistanceRadOrM: 0.5,
  maxEffortNmOrN: 1,
  maxEffortRateNmOrNPerS: 20,
};

describe('the guard with any input', () => {
  it('returns only finite commands within every limit, each change with its reason', () => {
    fc.assert(
      fc.property(
        fc.array(joint, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('simulated' as const, 'hardware' as const),
        fc.constantFrom(0.001, 0.02, 0.3),
        fc.array(event, { minLength: 1, maxLength: 60 }),
        (joints, kind, controlPeriodS, events) => play(robotOf({ joints, kind, controlPeriodS }), events),
      ),
      { numRuns: 2000 * EFFORT, endOnFailure: true },
    );
  });

  it('does so for hardware with every limit that is armed from the start', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ mode: joint.map(({ commandMode }) => commandMode), stop: joint.map(({ stopMode }) => stopMode) }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        fc.array(event, { minLength: 1, maxLength: 60 }),
        (modes, events) => {
          const joints = modes.map(({ mode, stop }) => ({ commandMode: mode, stopMode: stop, limits: stated }));
          const still = { positions: [0, 0, 0, 0], velocities: [0, 0, 0, 0], efforts: [0, 0, 0, 0], ageS: 0 };
          play(robotOf({ joints, kind: 'hardware' }), [{ kind: 'arm', reading: still }, ...events]);
        },
      ),
      { numRuns: 1000 * EFFORT, endOnFailure: true },
    );
  });

  it('passes every finite command to a joint without limits, bit-identical', () => {
    fc.assert(
      fc.property(
        joint,
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 30 }),
        (spec, commands) => {
          const robot = robotOf({ joints: [{ ...spec, limits: {} }] });
          const guard = new StatefulGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: MAX_AGE_S });
          const reading = readingOf({ positions: [0.5], velocities: [1e3] });
          guard.arm(reading);
          for (const command of commands) {
            const safe = guard.check({ targets: Float64Array.of(command) }, reading, 0);
            assert.ok(Object.is(safe.targets[0], command));
            assert.deepEqual([...safe.reasonCodes], []);
          }
          assert.equal(guard.clips.size, 0);
        },
      ),
    );
  });

  it('makes the same decisions after its state is saved and restored', () => {
    const checks = fc.array(event, { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(joint, { minLength: 1, maxLength: 4 }), checks, checks, (joints, before, after) => {
        const robot = robotOf({ joints });
        const options = { controlPeriodS: 0.02, readingMaxAgeS: MAX_AGE_S };
        const zeros = readingOf({ positions: joints.map(() => 0) });
        const first = new StatefulGuard(robot, options);
        first.arm(zeros);
        const run = (guard: StatefulGuard, events: readonly Event[]): number[][] =>
          events.flatMap((current) => {
            if (current.kind !== 'check') return [];
            const reading = readingFrom(current.reading, joints.length, 0);
            return [
              [
                ...guard.checkNext({ targets: Float64Array.from(fit(current.command, joints.length)) }, reading)
                  .targets,
              ],
            ];
          });
        run(first, before);
        const second = new StatefulGuard(robot, options);
        second.arm(zeros);
        second.restore(JSON.parse(JSON.stringify(first.save())) as ReturnType<StatefulGuard['save']>);
        assert.deepEqual(run(second, after), run(first, after));
      }),
      { numRuns: 300 * EFFORT, endOnFailure: true },
    );
  });
});
