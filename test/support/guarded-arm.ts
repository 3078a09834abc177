import assert from 'node:assert/strict';
import { SoftqdError } from '../../src/base/errors.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { reasonName } from '../../src/robot/reasons.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import type { GuardOptions } from '../../src/safety/index.ts';
import { readingOf, robotOf, type RobotParts } from './robots.ts';
import { StatefulGuard } from './stateful-guard.ts';

export const LIMITS = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 2,
  maxVelocityRadOrMPerS: 4,
  maxAccelerationRadOrMPerS2: 1000,
  maxEffortNmOrN: 1,
};
export const arm = (parts: Partial<RobotParts> = {}): RobotSpec =>
  robotOf({
    name: 'arm',
    joints: [
      { name: 'shoulder', commandMode: 'position', limits: LIMITS },
      { name: 'elbow', commandMode: 'effort', limits: LIMITS, stopMode: 'torque-off' },
    ],
    ...parts,
  });
export const guardOf = (robot: RobotSpec, options: Partial<GuardOptions> = {}): StatefulGuard =>
  new StatefulGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: 0.05, ...options });

export const still = readingOf({ positions: [0.5, 0.2] });
export const command = (...targets: number[]): { targets: Float64Array } => ({ targets: Float64Array.from(targets) });

export function check(
  guard: StatefulGuard,
  targets: number[],
  reading: Reading = still,
  nowNs = 0,
): [number[], string[]] {
  const safe = guard.checkNext(command(...targets), reading, nowNs);
  return [[...safe.targets], safe.reasonCodes.map(reasonName)];
}

export function refusal(attempt: () => void): SoftqdError {
  try {
    attempt();
  } catch (error) {
    assert.ok(error instanceof SoftqdError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}
