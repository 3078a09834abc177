import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { ServoBusSpec, ServoSpec } from '../robot/servo-bus-spec.ts';

/** The servo bus of a robot. Throws E_USAGE when it has none. */
export function requireServoBus(robot: RobotSpec): ServoBusSpec {
  if (robot.servoBus !== undefined) return robot.servoBus;
  throw new SoftqdError('E_USAGE', `robot ${robot.name} has no servo bus`, {
    hint: 'Pass a robot with servos, such as so101 or koch. A microcontroller (bridge:) stores its own calibration.',
    values: { robot: robot.name },
  });
}

/** The servos of a robot, in joint order. */
export function servosByJoint(robot: RobotSpec): readonly { readonly spec: ServoSpec; readonly joint: string }[] {
  return (robot.servoBus?.servos ?? []).map((spec, i) => ({ spec, joint: robot.joints[i]!.name }));
}
