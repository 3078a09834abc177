import { SoftqdError } from '../base/errors.ts';
import type { Calibration } from './calibration.ts';
import { rangeProblem } from './calibration-range.ts';
import type { RobotSpec } from './robot-spec.ts';

/** The EEPROM values of one servo. */
export interface ServoCalibration {
  readonly id: number;
  /** Register `homingOffset`. */
  readonly homingOffsetSteps: number;
  /** Registers `minimumPosition` and `maximumPosition`. */
  readonly minimumSteps: number;
  readonly maximumSteps: number;
}

/** The three registers of a servo that make its calibration, by the names of both control tables. */
export const CALIBRATION_REGISTERS = ['homingOffset', 'minimumPosition', 'maximumPosition'] as const;
export type CalibrationRegister = (typeof CALIBRATION_REGISTERS)[number];

export interface CalibrationMismatch {
  readonly joint: string;
  readonly id: number;
  readonly register: CalibrationRegister;
  readonly file: number;
  /** null: the value of this servo is unknown. */
  readonly servo: number | null;
}

/** Largest step of a servo that was never calibrated. */
export const MAX_STEP = 4095;

/** The value of a calibration for a register. */
export function calibrationValue(values: Omit<ServoCalibration, 'id'>, register: CalibrationRegister): number {
  switch (register) {
    case 'homingOffset':
      return values.homingOffsetSteps;
    case 'minimumPosition':
      return values.minimumSteps;
    case 'maximumPosition':
      return values.maximumSteps;
  }
}

/** Every register in which the servos differ from the calibration, in joint order; empty when they are the same. */
export function calibrationMismatches(
  calibration: Calibration,
  servos: readonly ServoCalibration[],
): readonly CalibrationMismatch[] {
  const held = new Map(servos.map((servo) => [servo.id, servo]));
  return calibration.joints.flatMap((joint) => {
    const servo = held.get(joint.id);
    return CALIBRATION_REGISTERS.map((register) => ({
      joint: joint.name,
      id: joint.id,
      register,
      file: calibrationValue(joint, register),
      servo: servo === undefined ? null : calibrationValue(servo, register),
    })).filter((difference) => difference.file !== difference.servo);
  });
}

/** Whether a servo was never calibrated: offset 0 and the range of a full turn. */
function isFactoryServo({ homingOffsetSteps, minimumSteps, maximumSteps }: ServoCalibration): boolean {
  return homingOffsetSteps === 0 && minimumSteps === 0 && maximumSteps === MAX_STEP;
}

/** The error (E_CALIBRATION) of servos that hold something else than the file; `differences` is not empty. */
export function calibrationMismatch(robot: string, differences: readonly CalibrationMismatch[]): SoftqdError {
  const words = differences.map(
    ({ joint, id, register, file, servo }) =>
      `${joint} (servo ${id}) ${register}: ${file} in the file, ${servo ?? 'unknown'} in the servo`,
  );
  const more = words.length > 4 ? `; and ${words.length - 4} more` : '';
  return new SoftqdError(
    'E_CALIBRATION',
    `${robot}: the calibration file and the servos differ: ${words.slice(0, 4).join('; ')}${more}`,
    {
      hint:
        `If the file is right (a servo was replaced or reset), write it to the servos: softqd calibrate --robot ${robot} --driver URL --import FILE; ` +
        `if the arm was taken apart, calibrate it again: softqd calibrate --robot ${robot} --driver URL.`,
      values: { robot, differences: words },
    },
  );
}

/**
 * The values in the servos as the calibration of the robot. Throws E_CALIBRATION, naming the joints, when one has factory settings (its
 * zero is arbitrary: it was replaced or reset) or an impossible range.
 */
export function calibrationOfServos(robot: RobotSpec, servos: readonly ServoCalibration[]): Calibration {
  const hint = `Calibrate it: softqd calibrate --robot ${robot.name} --driver URL.`;
  const refuse = (problem: string, joints: readonly string[]): SoftqdError =>
    new SoftqdError('E_CALIBRATION', `${robot.name}: ${problem}`, { hint, values: { robot: robot.name, joints } });
  const factory = servos.filter(isFactoryServo).map(({ id }) => jointOfServo(robot, id));
  if (factory.length === servos.length) throw refuse('the servos are not calibrated', factory);
  if (factory.length > 0)
    throw refuse(`not calibrated (factory settings): ${factory.join(', ')}; the other joints are`, factory);
  const joints = (robot.servoBus?.servos ?? []).map((spec, i) => {
    const name = robot.joints[i]!.name;
    const servo = servos.find(({ id }) => id === spec.id);
    if (servo === undefined) throw refuse(`servo ${spec.id} (${name}) has no calibration`, [name]);
    const problem = rangeProblem(robot, i, servo);
    if (problem !== null) throw refuse(`servo ${spec.id} (${name}): ${problem}`, [name]);
    const { homingOffsetSteps, minimumSteps, maximumSteps } = servo;
    return { name, id: spec.id, direction: spec.direction, homingOffsetSteps, minimumSteps, maximumSteps };
  });
  return { robot: robot.name, joints };
}

function jointOfServo(robot: RobotSpec, id: number): string {
  const index = robot.servoBus?.servos.findIndex((servo) => servo.id === id) ?? -1;
  return robot.joints[index]?.name ?? `servo ${id}`;
}
