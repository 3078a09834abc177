import type { KinematicLink, KinematicsSpec, Vector3 } from './kinematics-spec.ts';
import type { JointSpec } from './robot-spec.ts';
import { StrictObject } from './strict-object.ts';

type Location = ConstructorParameters<typeof StrictObject>[2];

const MAX_M = 100;
const MAX_ROTATION_RAD = 2 * Math.PI;
/** An axis shorter than this has no direction. */
const MIN_AXIS_NORM = 1e-6;

/** The `kinematics` object of a robot file: joints that exist, each at most once; axes are made unit vectors. Throws E_ROBOT_FILE. */
export function parseKinematics(json: unknown, place: Location, joints: readonly JointSpec[]): KinematicsSpec {
  const kinematics = new StrictObject(json, ['chain', 'tipOriginM'], place);
  const chain = kinematics
    .list('chain', 1, joints.length)
    .map(({ element, location: at }) => parseLink(element, at, joints));
  const seen = new Set(chain.map(({ joint }) => joint));
  if (seen.size !== chain.length) throw kinematics.error('duplicate joint name', 'chain');
  return { chain, tipOriginM: vector(kinematics, 'tipOriginM', MAX_M) };
}

function parseLink(json: unknown, place: Location, joints: readonly JointSpec[]): KinematicLink {
  const link = new StrictObject(json, ['joint', 'originM', 'rpyRad', 'axis'], place);
  const joint = link.choice(
    'joint',
    joints.map(({ name }) => name),
  );
  const axis = vector(link, 'axis', MAX_M);
  const length = Math.hypot(...axis);
  if (length < MIN_AXIS_NORM) throw link.error('is a zero vector', 'axis');
  return {
    joint,
    originM: vector(link, 'originM', MAX_M),
    rpyRad: link.has('rpyRad') ? vector(link, 'rpyRad', MAX_ROTATION_RAD) : [0, 0, 0],
    axis: [axis[0] / length, axis[1] / length, axis[2] / length],
  };
}

function vector(object: StrictObject, key: string, largest: number): Vector3 {
  const [x, y, z] = object.list(key, 3, 3).map(({ element }) => {
    if (typeof element !== 'number' || !(Math.abs(element) <= largest)) {
      throw object.error(`must be three numbers from -${largest} to ${largest}`, key);
    }
    return element;
  });
  return [x!, y!, z!];
}
