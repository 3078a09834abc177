import type { RobotSpec } from '../../robot/robot-spec.ts';
import { servoProtocol } from '../../servo/index.ts';

/** Noise of a position reading, rad or m. */
const MIN_TOLERANCE_RAD_OR_M = 0.003;

/** How close to its setpoint a jogged joint ends: the resolution of its servo, at least MIN_TOLERANCE_RAD_OR_M; rad or m. */
export function jogTolerance({ servoBus }: Pick<RobotSpec, 'servoBus'>, joint: number): number {
  const servo = servoBus?.servos[joint];
  if (servoBus === undefined || servo === undefined) return MIN_TOLERANCE_RAD_OR_M;
  const { stepsPerTurn } = servoProtocol(servoBus.protocol);
  return Math.max(MIN_TOLERANCE_RAD_OR_M, Math.abs(servo.travelPerTurnRadOrM) / stepsPerTurn);
}
