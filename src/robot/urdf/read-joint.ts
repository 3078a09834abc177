import type { Vector3 } from '../kinematics-spec.ts';
import type { XmlReader } from '../xml/index.ts';
import { readLimits } from './read-limits.ts';
import { URDF_JOINT_TYPES, type UrdfJoint } from './urdf-robot.ts';

const ZERO: Vector3 = [0, 0, 0];
/** A joint farther from its parent is in another unit. */
const MAX_ORIGIN_M = 100;
const FULL_TURN_RAD = 2 * Math.PI;
const MIN_AXIS = 1e-6;

/** A `<joint>` of a URDF; notes say what was not taken as it stands. Throws E_ROBOT_FILE with file, line and joint. */
export function readJoint(joint: XmlReader, links: ReadonlySet<string>, notes: string[]): UrdfJoint {
  const name = joint.text('name');
  const stated = joint.text('type');
  const type = URDF_JOINT_TYPES.find((known) => known === stated);
  if (type === undefined)
    throw joint.complaint(`has type '${stated.slice(0, 64)}': must be one of ${URDF_JOINT_TYPES.join(', ')}`);
  const [parent, child] = (['parent', 'child'] as const).map((end) => {
    const link = joint.required(end).text('link');
    if (!links.has(link)) throw joint.complaint(`has ${end} '${link}': no such link`);
    return link;
  });
  const followed = joint.child('mimic');
  const mimic =
    followed === null || type === 'fixed'
      ? null
      : {
          joint: followed.text('joint'),
          multiplier: followed.number('multiplier') ?? 1,
          offset: followed.number('offset') ?? 0,
        };
  return {
    name,
    type,
    parent: parent!,
    child: child!,
    ...readPose(joint),
    axis: type === 'fixed' ? [1, 0, 0] : readAxis(joint),
    limits: readLimits(joint, { name, type, used: mimic === null }, notes),
    ...readDynamics(joint, name, notes),
    mimic,
    at: joint.place,
  };
}

function readDynamics(joint: XmlReader, name: string, notes: string[]): Pick<UrdfJoint, 'damping' | 'friction'> {
  const dynamics = joint.child('dynamics');
  const read = (key: string): number => {
    const value = dynamics?.number(key) ?? 0;
    if (value >= 0) return value;
    notes.push(`joint ${name}: ${key} ${value} is negative and is not used`);
    return 0;
  };
  return { damping: read('damping'), friction: read('friction') };
}

/** The `<origin>` of a joint, an inertial or a collision; absent parts are zero, angles beyond a full turn are reduced. */
export function readPose(element: XmlReader): { readonly originM: Vector3; readonly rpyRad: Vector3 } {
  const origin = element.child('origin');
  const originM = origin?.vector('xyz', ZERO) ?? ZERO;
  if (originM.some((value) => Math.abs(value) > MAX_ORIGIN_M)) {
    throw element.complaint(
      `has its origin at ${originM.join(' ')} m: at most ${MAX_ORIGIN_M} m; a URDF states meters, not millimeters`,
    );
  }
  const [roll, pitch, yaw] = (origin?.vector('rpy', ZERO) ?? ZERO).map(reducedAngle);
  return { originM, rpyRad: [roll!, pitch!, yaw!] };
}

/** Angles within a full turn stay as written. */
function reducedAngle(angle: number): number {
  return Math.abs(angle) <= FULL_TURN_RAD ? angle : Math.atan2(Math.sin(angle), Math.cos(angle));
}

function readAxis(joint: XmlReader): Vector3 {
  const axis = joint.child('axis')?.vector('xyz', [1, 0, 0]) ?? [1, 0, 0];
  const length = Math.hypot(...axis);
  if (!(length > MIN_AXIS)) throw joint.complaint('has an axis without direction');
  return [axis[0] / length, axis[1] / length, axis[2] / length];
}
