import type { LoadLimits, SupplyLimits, TemperatureLimits } from './health-spec.ts';
import type { RobotSpec } from './robot-spec.ts';
import { servoModel, type ServoModel } from './servo-models.ts';

/** The limits of one joint; null: its motor has no such limit. */
export interface JointHealthLimits {
  readonly joint: string;
  readonly temperature: TemperatureLimits | null;
  readonly supply: SupplyLimits | null;
  readonly load: LoadLimits | null;
}

/**
 * Below the servo's own limit (the stop), below that (reduced limits, warning): a servo that turns its torque off drops the joint, a
 * stop of the guard does not. Degrees Celsius.
 */
const STOP_BELOW_LIMIT_C = 3;
const DERATE_BELOW_LIMIT_C = 10;
const WARN_BELOW_LIMIT_C = 15;
/** Longer than the voltage dip when all joints start at once. */
const SUPPLY_S = 0.5;
/**
 * Feetech: the servo's own overload protection (registers 35, 36) turns to 20 % of the torque after 2 s above 80 %. A stop before that
 * keeps the torque that holds the joint. Dynamixel: no default of its own; the same.
 */
const LOAD: LoadLimits = { warn: 0.8, stop: 0.9, stopS: 1.5 };

/** The limits of every joint: those of the robot file, else those of its servo model; null when there is neither. */
export function healthLimits(robot: RobotSpec): readonly JointHealthLimits[] | null {
  const { health, servoBus } = robot;
  if (health === undefined && servoBus === undefined) return null;
  return robot.joints.map(({ name }, i) => {
    const servo = servoBus?.servos[i];
    const model =
      servoBus === undefined || servo === undefined ? null : servoModel(servoBus.protocol, servo.modelNumber);
    return {
      joint: name,
      temperature: health?.temperature ?? (model === null ? null : temperatureOf(model)),
      supply: health?.supply ?? (model === null ? null : supplyOf(model)),
      load: health?.load ?? (servo === undefined ? null : LOAD),
    };
  });
}

function temperatureOf({ temperatureLimitC }: ServoModel): TemperatureLimits {
  return {
    warnC: temperatureLimitC - WARN_BELOW_LIMIT_C,
    derateC: temperatureLimitC - DERATE_BELOW_LIMIT_C,
    stopC: temperatureLimitC - STOP_BELOW_LIMIT_C,
  };
}

function supplyOf({ minV, warnMinV, maxV }: ServoModel): SupplyLimits {
  return { warnMinV, stopMinV: minV, stopMaxV: maxV, forS: SUPPLY_S };
}
