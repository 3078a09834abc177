import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import { ROBOT_SIZE_LIMITS } from './bounds.ts';
import type { Calibration, JointCalibration } from './calibration.ts';
import { rangeProblem } from './calibration-range.ts';
import { isLeRobotCalibration, parseLeRobotCalibration } from './lerobot-calibration.ts';
import type { RobotSpec } from './robot-spec.ts';
import { StrictObject, type Location } from './strict-object.ts';

const FORMAT = 1;
const JOINT_KEYS = ['name', 'id', 'direction', 'homingOffsetSteps', 'minimumSteps', 'maximumSteps'];
/** Steps within which any servo's registers lie: four turns to both sides. */
const MAX_STEPS = 16_384;
const MAX_FILE_BYTES = 256 * 1024;

/** SHA-256 over the content alone, so that spaces and key order of the file do not matter. */
export function calibrationSha256({ robot, joints }: Calibration): string {
  const rows = joints.map(({ name, id, direction, homingOffsetSteps, minimumSteps, maximumSteps }) => [
    name,
    id,
    direction,
    homingOffsetSteps,
    minimumSteps,
    maximumSteps,
  ]);
  return sha256Hex(JSON.stringify([robot, rows]));
}

/** The text of a calibration file. */
export function calibrationText(calibration: Calibration): string {
  const { robot, joints } = calibration;
  return `${JSON.stringify({ format: FORMAT, robot, sha256: calibrationSha256(calibration), joints }, null, 2)}\n`;
}

/**
 * A calibration file's text: the format of softqd or of LeRobot (an object of joints). Throws E_CALIBRATION, naming file and key, when it is
 * neither, its content hash is wrong, or it is not this robot's. `source` is the file's name for messages.
 */
export function parseCalibration(text: string, robot: RobotSpec, source: string): Calibration {
  const json = parseJson(text, source);
  const place: Location = { source, path: 'calibration', code: 'E_CALIBRATION' };
  const calibration = isLeRobotCalibration(json)
    ? parseLeRobotCalibration(json, robot, place)
    : parseOwn(json, robot, place);
  checkFits(calibration, robot, source);
  return calibration;
}

function parseJson(text: string, source: string): unknown {
  if (text.length > MAX_FILE_BYTES) {
    throw new SoftqdError(
      'E_CALIBRATION',
      `${source} exceeds the maximum size of a calibration file (${MAX_FILE_BYTES} bytes)`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SoftqdError('E_CALIBRATION', `${source} is not JSON: ${(cause as Error).message}`, {
      values: { file: source },
      cause,
    });
  }
}

function parseOwn(json: unknown, robot: RobotSpec, place: Location): Calibration {
  const file = new StrictObject(json, ['format', 'robot', 'sha256', 'joints'], place);
  file.integer('format', FORMAT, FORMAT);
  const name = file.text('robot');
  if (name !== robot.name) throw file.error(`is '${name}': this is robot ${robot.name}`, 'robot');
  const joints = file
    .list('joints', 1, ROBOT_SIZE_LIMITS.joints)
    .map(({ element, location: at }) => parseJoint(element, at));
  const calibration = { robot: name, joints };
  if (file.text('sha256') !== calibrationSha256(calibration)) {
    throw file.error('checksum mismatch: the file was modified', 'sha256');
  }
  return calibration;
}

function parseJoint(json: unknown, place: Location): JointCalibration {
  const joint = new StrictObject(json, JOINT_KEYS, place);
  const direction = joint.integer('direction', -1, 1);
  if (direction === 0) throw joint.error('is 0: must be 1 or -1', 'direction');
  return {
    name: joint.text('name'),
    id: joint.integer('id', 0, 252),
    direction: direction === 1 ? 1 : -1,
    homingOffsetSteps: joint.integer('homingOffsetSteps', -MAX_STEPS, MAX_STEPS),
    minimumSteps: joint.integer('minimumSteps', -MAX_STEPS, MAX_STEPS),
    maximumSteps: joint.integer('maximumSteps', -MAX_STEPS, MAX_STEPS),
  };
}

/** Joints and ids are those of the robot, in its order; every range is one that its servo can hold. */
function checkFits({ joints }: Calibration, robot: RobotSpec, source: string): void {
  const complain = (what: string, values: Record<string, string | number>): never => {
    throw new SoftqdError('E_CALIBRATION', `${source}: ${what}`, { values: { file: source, ...values } });
  };
  if (robot.servoBus === undefined) complain(`robot ${robot.name} has no servo bus`, { robot: robot.name });
  const names = robot.joints.map(({ name }) => name);
  if (joints.length !== names.length || joints.some(({ name }, i) => name !== names[i])) {
    complain(`its joints are ${joints.map(({ name }) => name).join(', ')}; ${robot.name} has ${names.join(', ')}`, {
      robot: robot.name,
    });
  }
  joints.forEach((joint, i) => {
    const { id } = robot.servoBus!.servos[i]!;
    if (joint.id !== id)
      complain(`${joint.name}: servo ID ${joint.id}, expected ${id} (robot file)`, { joint: joint.name });
    const maxOffset = maxHomingOffset(robot, i);
    if (Math.abs(joint.homingOffsetSteps) > maxOffset)
      complain(
        `${joint.name}: homing offset ${joint.homingOffsetSteps} counts only within -${maxOffset} to ${maxOffset} on this servo`,
        { joint: joint.name },
      );
    const problem = rangeProblem(robot, i, joint);
    if (problem !== null) complain(`${joint.name}: ${problem}`, { joint: joint.name });
  });
}

/**
 * The largest homing offset that has an effect. Feetech: 11 bits of magnitude. Dynamixel X: a quarter turn in position mode (a larger
 * one is ignored), anything in the multi-turn modes.
 */
export function maxHomingOffset(robot: RobotSpec, joint: number): number {
  const bus = robot.servoBus;
  if (bus?.protocol !== 'dynamixel') return 2047;
  return (bus.servos[joint]?.registers['operatingMode'] ?? 3) === 3 ? 1024 : MAX_STEPS;
}
