import { toSoftqdError } from '../../base/errors.ts';
import type { Calibration } from '../../robot/calibration.ts';
import {
  calibrationDifferences,
  calibrationMismatch,
  calibrationOfServos,
} from '../../robot/calibration-mismatches.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Finding } from '../doctor.ts';
import type { WorkshopBus } from '../../servo/registers/open-tool-bus.ts';
import { readServoCalibrations } from '../../servo/calibration/servo-calibration.ts';

/** Whether the robot could be armed as far as its calibration goes. */
export async function calibrationFinding(
  bus: WorkshopBus,
  robot: RobotSpec,
  read: () => Promise<Calibration | null>,
): Promise<Finding> {
  const id = 'calibration';
  const title = `calibration of ${robot.name}`;
  try {
    const held = await readServoCalibrations(
      bus,
      robot.servoBus!.servos.map((servo) => servo.id),
    );
    const calibration = await read();
    if (calibration === null) {
      calibrationOfServos(robot, held);
      const detail = 'there is no file; what the servos hold is taken';
      const next = `To keep it in a file, too: softqd calibrate --robot ${robot.name} --body ${bus.protocol}:${bus.path}.`;
      return { id, level: 'note', title, detail, next };
    }
    const differences = calibrationDifferences(calibration, held);
    if (differences.length > 0) throw calibrationMismatch(robot.name, differences);
    return { id, level: 'ok', title, detail: 'file and servos agree', next: null };
  } catch (thrown) {
    const { message, hint } = toSoftqdError(thrown);
    const next = hint.replaceAll('--body URL', `--body ${bus.protocol}:${bus.path}`);
    return { id, level: 'problem', title, detail: message, next };
  }
}
