import { SoftqdError } from '../base/errors.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** The robot of a configuration and its directory. Throws E_USAGE when none was selected. */
export function requireRobot({ robot, robotDirectory }: LoadedConfig): {
  readonly robot: RobotSpec;
  readonly robotDirectory: string;
} {
  if (robot === null || robotDirectory === null) {
    throw new SoftqdError('E_USAGE', '--robot is required', { hint: 'Pass --robot NAME.' });
  }
  return { robot, robotDirectory };
}
