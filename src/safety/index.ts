import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { LimitGuard, type GuardOptions } from './guard.ts';
import type { Guard } from './port.ts';

export type * from './port.ts';
export { DEFAULT_STOP, stopPlan } from './stop-plan.ts';
export type { HealthWarning } from './health-check.ts';
export type { GuardOptions } from './guard.ts';

/**
 * The guard of a robot with the limits of its robot file, disarmed. Throws E_ROBOT_FILE for limits that contradict each
 * other and E_CONFIG_VALUE for a period or an age limit that is not a positive time in seconds.
 */
export function createGuard(robot: RobotSpec, options: GuardOptions): Guard {
  for (const [key, value] of [
    ['controlPeriodS', options.controlPeriodS],
    ['readingMaxAgeS', options.readingMaxAgeS],
  ] as const) {
    if (value > 0 && (value < Infinity || key === 'readingMaxAgeS')) continue;
    throw new SoftqdError('E_CONFIG_VALUE', `${robot.name}: ${key} is ${value}, it must be above 0 seconds`, {
      values: { robot: robot.name, key },
    });
  }
  return new LimitGuard(robot, options);
}
