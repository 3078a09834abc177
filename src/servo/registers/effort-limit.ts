import type { RobotSpec } from '../../robot/robot-spec.ts';
import { servoModel, stallTorqueNm } from '../../robot/servo-models.ts';
import type { ServoProtocol } from '../protocols/servo-protocol.ts';

/** The torque limit register of a joint's servo that limits the joint to its maxEffortNmOrN. */
export type EffortLimit =
  /** `steps`: value of protocol.torqueLimit.register, from 1 to its full value where the servo is weaker than the limit. */
  | { readonly kind: 'limit'; readonly steps: number; readonly stallNm: number }
  /** The servo cannot be limited to it. */
  | { readonly kind: 'none'; readonly reason: string };

/**
 * The torque of a blocked motor is proportional to its PWM duty, which these registers limit (Feetech 48 in thousandths, Dynamixel 100 in
 * 0.113 %). Dynamixel's Goal Current does not limit position mode (e-manual), so that PWM is limited on models with a current sensor, too.
 * `supplyV`: present supply voltage, on which the stall torque depends.
 */
export function effortLimit(protocol: ServoProtocol, robot: RobotSpec, joint: number, supplyV: number): EffortLimit {
  const { name, limits } = robot.joints[joint]!;
  const { maxEffortNmOrN } = limits;
  const servo = robot.servoBus!.servos[joint]!;
  const model = servoModel(protocol.name, servo.modelNumber);
  if (maxEffortNmOrN === undefined) return { kind: 'none', reason: `${name} has no maxEffortNmOrN` };
  if (model === null) return { kind: 'none', reason: `${name}: no stall torque for servo model ${servo.modelNumber}` };
  const stallNm = stallTorqueNm(model, supplyV);
  if (!(stallNm > 0)) return { kind: 'none', reason: `${name}: supply voltage reads ${supplyV} V` };
  // Work per turn is the same at the horn and at the joint.
  const servoNm = (maxEffortNmOrN * Math.abs(servo.travelPerTurnRadOrM)) / (2 * Math.PI);
  const { full } = protocol.torqueLimit;
  return { kind: 'limit', steps: Math.max(1, Math.min(full, Math.round((full * servoNm) / stallNm))), stallNm };
}
