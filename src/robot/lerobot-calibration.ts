import type { Calibration, JointCalibration } from './calibration.ts';
import type { RobotSpec, JointSpec } from './robot-spec.ts';
import type { ServoSpec } from './servo-bus-spec.ts';
import { StrictObject, type Location } from './strict-object.ts';

const KEYS = ['id', 'drive_mode', 'homing_offset', 'range_min', 'range_max'];
const MAX_STEPS = 2 ** 20;

/** Whether this is a calibration as LeRobot writes it: joints by name, each an object with `homing_offset`. */
export function isLeRobotCalibration(json: unknown): json is Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  const values: unknown[] = Object.values(json);
  return (
    values.length > 0 &&
    values.every((value) => typeof value === 'object' && value !== null && Object.hasOwn(value, 'homing_offset'))
  );
}

/**
 * LeRobot's `{"shoulder_pan": {"id", "drive_mode", "homing_offset", "range_min", "range_max"}, ...}`: offset and range are the values
 * in the servo. A joint is found by its name (`-` and `_` are the same): a file with other names is of another robot, even where its IDs
 * are the same. Throws the error of `place`.
 */
export function parseLeRobotCalibration(
  json: Readonly<Record<string, unknown>>,
  robot: RobotSpec,
  place: Location,
): Calibration {
  const names = Object.keys(json);
  const file = new StrictObject(json, names, place);
  if (robot.servoBus === undefined) throw file.error(`is for servos; ${robot.name} has no servo bus`);
  if (names.length !== robot.joints.length) {
    throw file.error(
      `has ${names.length} joints (${names.slice(0, 16).join(', ')}); ${robot.name} has ${robot.joints.length}`,
    );
  }
  const entries = names.map((name) => parseEntry(name, new StrictObject(json[name], KEYS, file.location(name))));
  const joints = robot.joints.map((joint, i): JointCalibration => {
    const spec = robot.servoBus!.servos[i]!;
    const entry = entries.find(({ name }) => plain(name) === plain(joint.name));
    if (entry === undefined) throw file.error(`has no joint ${joint.name}; its joints: ${names.join(', ')}`);
    return { ...entry.values, name: joint.name, id: entry.id, direction: directionOf(entry, { joint, spec, robot }) };
  });
  return { robot: robot.name, joints };
}

interface Entry {
  readonly name: string;
  readonly id: number;
  readonly reversed: boolean;
  readonly object: StrictObject;
  readonly values: Pick<JointCalibration, 'homingOffsetSteps' | 'minimumSteps' | 'maximumSteps'>;
}

function parseEntry(name: string, object: StrictObject): Entry {
  return {
    name,
    object,
    id: object.integer('id', 0, 252),
    reversed: object.has('drive_mode') && object.integer('drive_mode', 0, 1) === 1,
    values: {
      homingOffsetSteps: object.integer('homing_offset', -MAX_STEPS, MAX_STEPS),
      minimumSteps: object.integer('range_min', -MAX_STEPS, MAX_STEPS),
      maximumSteps: object.integer('range_max', -MAX_STEPS, MAX_STEPS),
    },
  };
}

/**
 * On Feetech `drive_mode` 1 means that LeRobot counts this joint in the direction opposite to a standard arm. On Dynamixel it is in the
 * register of the servo and reverses the steps: range and robot file must match it.
 */
function directionOf(
  { reversed, object }: Entry,
  { joint, spec, robot }: { joint: JointSpec; spec: ServoSpec; robot: RobotSpec },
): 1 | -1 {
  if (robot.servoBus?.protocol === 'feetech') {
    if (!reversed) return spec.direction;
    return spec.direction === 1 ? -1 : 1;
  }
  const configured = spec.registers['driveMode'];
  if (configured !== undefined && (configured & 1) !== (reversed ? 1 : 0)) {
    throw object.error(
      `is ${reversed ? 1 : 0}; the robot file configures ${joint.name} with driveMode ${configured}, which has the opposite direction`,
      'drive_mode',
    );
  }
  return spec.direction;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
