import assert from 'node:assert/strict';
import { reasonName } from '../../../src/robot/reasons.ts';
import { DEFAULT_SAFETY } from '../../../src/robot/safety-spec.ts';
import { HARDWARE_LIMITS, readingOf, robotOf } from '../../support/robots.ts';
import { StatefulGuard } from '../../support/stateful-guard.ts';

const PERIOD_S = 0.02;

/** Two joints that follow; the servo of the second one may be cleared of an overload. */
class Rig {
  readonly warnings: string[] = [];
  readonly guard: StatefulGuard;
  positions = [0, 0];
  targets: readonly number[] = [0, 0];
  reasons: readonly string[] = [];

  constructor() {
    const joint = { commandMode: 'position', limits: HARDWARE_LIMITS } as const;
    const robot = robotOf({
      kind: 'hardware',
      joints: [
        { ...joint, name: 'base' },
        { ...joint, name: 'arm' },
      ],
    });
    this.guard = new StatefulGuard(
      { ...robot, safety: { ...DEFAULT_SAFETY, startUp: { fraction: 0.2, timeS: 0.5 } } },
      {
        controlPeriodS: PERIOD_S,
        readingMaxAgeS: 0.06,
        onWarning: ({ kind, joint: name }) => void this.warnings.push(`${kind} ${name}`),
      },
    );
    this.guard.arm(readingOf({ positions: this.positions }));
  }

  send(ticks: number, recovering: readonly number[] = []): void {
    for (let tick = 0; tick < ticks; tick++) {
      const reading = {
        ...readingOf({ positions: this.positions }),
        ...(recovering.length === 0 ? {} : { recovering }),
      };
      const command = this.guard.checkNext({ targets: Float64Array.of(1.9, 1.9) }, reading);
      this.targets = [...command.targets];
      this.reasons = command.reasonCodes.map(reasonName);
      // A servo without torque stays where it is put.
      this.positions = this.targets.map((target, i) => (recovering.includes(i) ? this.positions[i]! : target));
    }
  }
}

describe('the guard while a servo is cleared of an overload', () => {
  it('decelerates and holds the other joints, and commands its joint to where it is', () => {
    const rig = new Rig();
    rig.send(20);
    rig.send(10, [1]);
    const [held] = rig.targets;
    assert.deepEqual(rig.reasons, ['recovering']);
    rig.positions[1] = -0.4;
    rig.send(1, [1]);
    assert.deepEqual(rig.targets, [held, -0.4]);
    assert.deepEqual(rig.warnings, ['recovery arm']);
    assert.equal(rig.guard.state, 'armed');
  });

  it('continues from where the joint is then, as slowly as after arming', () => {
    const rig = new Rig();
    rig.send(40);
    rig.send(10, [1]);
    rig.positions[1] = -0.4;
    rig.send(1);
    assert.ok(Math.abs(rig.targets[1]! + 0.4) < 0.02, `commanded to ${rig.targets[1]!}`);
    rig.send(5);
    assert.ok(rig.reasons.includes('startUpLimit'), String(rig.reasons));
    rig.send(200);
    assert.ok(Math.abs(rig.targets[1]! - 1.9) < 1e-9);
    assert.equal(rig.guard.state, 'armed');
  });

  it('warns once for each joint, by its name', () => {
    for (const [recovering, warnings] of [
      [[0], ['recovery base']],
      [[1], ['recovery arm']],
      [
        [0, 1],
        ['recovery base', 'recovery arm'],
      ],
    ] as const) {
      const rig = new Rig();
      rig.send(3, recovering);
      assert.deepEqual(rig.warnings, warnings);
    }
  });

  it('takes an index beyond the joints for none', () => {
    const rig = new Rig();
    rig.send(3, [7]);
    assert.deepEqual([rig.warnings, rig.guard.state], [[], 'armed']);
  });
});
