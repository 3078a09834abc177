import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../src/base/clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { SafeCommand, SafetyState } from '../../../src/safety/index.ts';
import { LIMITS, arm, guardOf, still, command, check, refusal } from '../../support/guarded-arm.ts';
import { readingOf, robotOf } from '../../support/robots.ts';
import type { StatefulGuard } from '../../support/stateful-guard.ts';

describe('the guard as a state machine', () => {
  const actions: Readonly<Record<string, (guard: StatefulGuard) => void>> = {
    arm: (guard) => guard.arm(still),
    stop: (guard) => guard.stop(null),
    disarm: (guard) => guard.disarm(),
    fault: (guard) => guard.fault(new SoftqdError('E_TIMEOUT', 'too late')),
  };
  const into: Readonly<Record<SafetyState, readonly string[]>> = {
    disarmed: [],
    armed: ['arm'],
    stopping: ['arm', 'stop'],
    faulted: ['arm', 'fault'],
  };
  const table: readonly [SafetyState, string, SafetyState | 'E_SAFETY_STATE'][] = [
    ['disarmed', 'arm', 'armed'],
    ['disarmed', 'stop', 'disarmed'],
    ['disarmed', 'disarm', 'disarmed'],
    ['disarmed', 'fault', 'faulted'],
    ['armed', 'arm', 'E_SAFETY_STATE'],
    ['armed', 'stop', 'stopping'],
    ['armed', 'disarm', 'disarmed'],
    ['armed', 'fault', 'faulted'],
    ['stopping', 'arm', 'E_SAFETY_STATE'],
    ['stopping', 'stop', 'stopping'],
    ['stopping', 'disarm', 'disarmed'],
    ['stopping', 'fault', 'faulted'],
    ['faulted', 'arm', 'E_SAFETY_STATE'],
    ['faulted', 'stop', 'faulted'],
    ['faulted', 'disarm', 'disarmed'],
    ['faulted', 'fault', 'faulted'],
  ];

  for (const [from, action, to] of table) {
    it(`${from} -- ${action} -> ${to}`, () => {
      const guard = guardOf(arm());
      for (const step of into[from]) actions[step]!(guard);
      assert.equal(guard.state, from);
      if (to === 'E_SAFETY_STATE') {
        assert.equal(refusal(() => actions[action]!(guard)).code, to);
        assert.equal(guard.state, from);
      } else {
        actions[action]!(guard);
        assert.equal(guard.state, to);
      }
    });
  }

  it('keeps the first reason until it is armed again', () => {
    const guard = guardOf(arm());
    guard.arm(still);
    assert.equal(guard.reason, null);
    const first = new SoftqdError('E_TIMEOUT', 'the bus is silent');
    guard.stop(first);
    guard.stop(new SoftqdError('E_INTERNAL', 'later'));
    guard.fault(new SoftqdError('E_CONNECT', 'later still'));
    assert.equal(guard.reason, first);
    assert.match(refusal(() => guard.arm(still)).message, /the bus is silent/);
    guard.disarm();
    assert.equal(guard.reason, first);
    guard.arm(still);
    assert.equal(guard.reason, null);
  });

  it('returns only the stop mode unless armed, with the state as the reason', () => {
    const guard = guardOf(arm());
    assert.deepEqual(check(guard, [1, 1]), [[0.5, 0], ['disarmed']]);
    guard.arm(still);
    assert.deepEqual(check(guard, [0.51, 1]), [[0.51, 1], []]);
    guard.stop(null);
    assert.deepEqual(check(guard, [1, 1]), [[0.51, 0], ['stopping']]);
    guard.fault(new SoftqdError('E_INTERNAL', 'broken'));
    assert.deepEqual(check(guard, [1, 1]), [[0.51, 0], ['faulted']]);
    guard.disarm();
    assert.deepEqual(check(guard, [1, 1]), [[0.51, 0], ['disarmed']]);
  });

  it('numbers commands and counts reasons', () => {
    const guard = guardOf(arm());
    guard.arm(still);
    const sequences = [0, 1, 2].map(() => guard.check(command(0.5, 9), still, 0).sequence);
    assert.deepEqual(sequences, [0, 1, 2]);
    check(guard, [NaN, 9]);
    assert.deepEqual(Object.fromEntries(guard.clips), { effortLimit: 4, nonFiniteAction: 1 });
  });
});

describe('a safe command', () => {
  it('is created only by the guard: anything else is a compile error', () => {
    // @ts-expect-error the brand is private to the guard's module
    const forged: SafeCommand = { sequence: 0, targets: new Float64Array(1), reasonCodes: [] };
    assert.equal(forged.sequence, 0);
  });
});

describe('arming', () => {
  it('rejects hardware without limits, with joint and limit', () => {
    const robot = arm({
      kind: 'hardware',
      joints: [
        { name: 'shoulder', commandMode: 'position', limits: LIMITS },
        { name: 'elbow', commandMode: 'position', limits: { maxPositionRadOrM: 1, maxEffortNmOrN: Infinity } },
      ],
    });
    const error = refusal(() => guardOf(robot).arm(still));
    assert.equal(error.code, 'E_SAFETY_LIMITS_MISSING');
    assert.equal(error.exitCode, 3);
    assert.deepEqual(error.values['missing'], [
      'elbow.minPositionRadOrM',
      'elbow.maxVelocityRadOrMPerS',
      'elbow.maxEffortNmOrN',
      'elbow.maxAccelerationRadOrMPerS2',
    ]);
    assert.match(error.message, /elbow\.maxVelocityRadOrMPerS/);
  });

  it('rejects hardware whose limits do not limit, with joint, value and largest value', () => {
    for (const [limit, value, largest] of [
      ['maxVelocityRadOrMPerS', 1000, 50],
      ['maxAccelerationRadOrMPerS2', 1e9, 1000],
      ['maxEffortNmOrN', 1e9, 10_000],
      ['maxPositionRadOrM', 100, -2 + 8 * Math.PI],
    ] as const) {
      const limits = { ...LIMITS, [limit]: value };
      const error = refusal(() =>
        guardOf(robotOf({ kind: 'hardware', joints: [{ commandMode: 'position', limits }] })).arm(
          readingOf({ positions: [0] }),
        ),
      );
      assert.equal(error.code, 'E_SAFETY_LIMITS_UNREASONABLE');
      assert.equal(error.exitCode, 3);
      assert.deepEqual([error.values['joint'], error.values['limit'], error.values['value']], ['joint0', limit, value]);
      assert.ok(Math.abs((error.values['largest'] as number) - largest) < 1e-9);
      const text =
        limit === 'maxPositionRadOrM'
          ? 'joint0 ranges over -2 to 100, 102 rad wide: at most 25\\.13 rad \\(8 pi\\)'
          : `joint0\\.${limit} is ${value}, at most`;
      assert.match(error.message, new RegExp(text));
    }
  });

  it('accepts hardware at the largest limits, and a wheel that turns on', () => {
    const limits = { ...LIMITS, maxVelocityRadOrMPerS: 50, maxAccelerationRadOrMPerS2: 1000, maxEffortNmOrN: 10_000 };
    const turns = { ...limits, minPositionRadOrM: -1e9, maxPositionRadOrM: 1e9 };
    for (const joint of [
      { commandMode: 'position', limits },
      { commandMode: 'velocity', limits: turns },
      { commandMode: 'effort', limits: turns },
    ] as const) {
      const guard = guardOf(robotOf({ kind: 'hardware', joints: [joint] }));
      guard.arm(readingOf({ positions: [0] }));
      assert.equal(guard.state, 'armed');
    }
    const effort = { minPositionRadOrM: -1, maxPositionRadOrM: 1, maxVelocityRadOrMPerS: 2, maxEffortNmOrN: 1 };
    guardOf(robotOf({ kind: 'hardware', joints: [{ commandMode: 'effort', limits: effort }] })).arm(
      readingOf({ positions: [0] }),
    );
  });

  it('accepts a simulated robot without limits', () => {
    const guard = guardOf(arm({ joints: [{ commandMode: 'position' }, { commandMode: 'effort' }] }));
    guard.arm(still);
    assert.deepEqual(check(guard, [1e6, -1e6]), [[1e6, -1e6], []]);
  });

  it('rejects an invalid, wrong-sized or stale reading and stays disarmed', () => {
    const clock = new SimulatedClock(1e9);
    const guard = guardOf(arm(), { clock });
    for (const [reading, code] of [
      [readingOf({ positions: [NaN, 0], arrivalNs: 1e9 }), 'E_READING_NON_FINITE'],
      [readingOf({ positions: [0], arrivalNs: 1e9 }), 'E_READING_SHAPE'],
      [readingOf({ positions: [0, 0], arrivalNs: 0.9e9 }), 'E_READING_STALE'],
    ] as const) {
      assert.equal(refusal(() => guard.arm(reading)).code, code);
      assert.equal(guard.state, 'disarmed');
    }
    guard.arm(readingOf({ positions: [0, 0], arrivalNs: 0.96e9 }));
    assert.equal(guard.state, 'armed');
  });

  it('rejects hardware far outside its range, because its first command would be a jump', () => {
    const guard = guardOf(arm({ kind: 'hardware' }));
    const error = refusal(() => guard.arm(readingOf({ positions: [2.3, 0] })));
    assert.equal(error.code, 'E_SAFETY_STATE');
    assert.match(error.message, /shoulder is at 2\.300, 0\.300 outside/);
    guard.arm(readingOf({ positions: [2.05, 0] }));
    const near = readingOf({ positions: [2.05, 0] });
    assert.deepEqual(check(guard, [2, 0], near), [[2, 0], []]);
  });
});

describe('reference position of the limits', () => {
  it('changes with a new episode in simulation, not on hardware', () => {
    for (const [kind, expected] of [
      ['simulated', 1.5],
      ['hardware', 0.516],
    ] as const) {
      const guard = guardOf(arm({ kind }));
      guard.arm(still);
      guard.beginEpisode(readingOf({ positions: [1.5, 0] }));
      const [targets] = check(guard, [1.5, 0]);
      assert.ok(Math.abs(targets[0]! - expected) < 1e-12, `${kind}: ${targets[0]!}`);
    }
  });

  it('does not change with an invalid first reading of an episode', () => {
    const guard = guardOf(arm());
    guard.arm(still);
    guard.beginEpisode(readingOf({ positions: [NaN, 0] }));
    assert.deepEqual(check(guard, [0.5, 0]), [[0.5, 0], []]);
  });

  it('is not restored from another robot or from NaN', () => {
    const guard = guardOf(arm());
    const memory = guard.save();
    guard.restore(memory);
    for (const broken of [
      { ...memory, previousTargets: [0] },
      { ...memory, previousTargets: [0, NaN] },
      { ...memory, previousVelocities: [0, Infinity] },
      { ...memory, previousRequests: [0, 0, 0] },
    ]) {
      assert.equal(refusal(() => guard.restore(broken)).code, 'E_CHECKPOINT');
    }
  });
});
