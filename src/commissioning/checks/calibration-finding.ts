import { toSoftqdError } from '../../base/errors.ts';
import type { Calibration } from '../../robot/calibration.ts';
import { calibrationMismatches, calibrationMismatch, calibrationOfServos } from '../../robot/calibration-mismatches.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Finding } from '../doctor.ts';
import { COMMISSIONING_RETRIES, readServoCalibrations, type ServoBus } from '../../servo/index.ts';

/** Whether the robot could be armed as far as its calibration goes. */
export async function calibrationFinding(
  bus: ServoBus,
  robot: RobotSpec,
  read: () => Promise<Calibration | null>,
): Promise<Finding> {
  const id = 'calibration';
  const title = `calibration of ${robot.name}`;
  try {
    const ids = robot.servoBus!.servos.map((servo) => servo.id);
    const held = await readServoCalibrations(bus, ids, COMMISSIONING_RETRIES);
    const calibration = await read();
    if (calibration === null) {
      calibrationOfServos(robot, held);
      const detail = 'no calibration file; using the values in the servos';
      const hint = `To save them to a file: softqd calibrate --robot ${robot.name} --driver ${bus.protocol.name}:${bus.path}.`;
      return { id, level: 'info', title, detail, hint };
    }
    const differences = calibrationMismatches(calibration, held);
    if (differences.length > 0) throw calibrationMismatch(robot.name, differences);
    return { id, level: 'ok', title, detail: 'file and servos agree', hint: null };
  } catch (thrown) {
    const { message, hint: plainHint } = toSoftqdError(thrown);
    const hint = plainHint.replaceAll('--driver URL', `--driver ${bus.protocol.name}:${bus.path}`);
    return { id, level: 'error', title, detail: message, hint };
  }
}
