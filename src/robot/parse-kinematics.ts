import type { KinematicLink, KinematicsSpec, Vector3 } from './kinematics-spec.ts';
import type { JointSpec } from './robot-spec.ts';
import { StrictObject } from './strict-object.ts';

type Place = ConstructorParameters<typeof StrictObject>[2];

const LARGEST_M = 100;
const LARGEST_TURN_RAD = 2 * Math.PI;
/** An axis shorter than this has no direction. */
const SHORTEST_AXIS = 1e-6;

/** The `kinematics` object of a robot file: joints that exist, each at most once; axes are made unit vectors. Throws E_ROBOT_FILE. */
export function parseKinematics(json: unknown, place: Place, joints: readonly JointSpec[]): KinematicsSpec {
  const kinematics = new StrictObject(json, ['chain', 'tipOriginM'], place);
  const chain = kinematics
    .list('chain', 1, joints.length)
    .map(({ element, place: at }) => parseLink(element, at, joints));
  const seen = new Set(chain.map(({ joint }) => joint));
  if (seen.size !== chain.length) throw kinematics.complaint('names a joint twice', 'chain');
  return { chain, tipOriginM: vector(kinematics, 'tipOriginM', LARGEST_M) };
}

function parseLink(json: unknown, place: Place, joints: readonly JointSpec[]): KinematicLink {
  const link = new StrictObject(json, ['joint', 'originM', 'rpyRad', 'axis'], place);
  const joint = link.choice(
    'joint',
    joints.map(({ name }) => name),
  );
  const axis = vector(link, 'axis', LARGEST_M);
  const length = Math.hypot(...axis);
  if (length < SHORTEST_AXIS) throw link.complaint('has no direction', 'axis');
  return {
    joint,
    originM: vector(link, 'originM', LARGEST_M),
    rpyRad: link.has('rpyRad') ? vector(link, 'rpyRad', LARGEST_TURN_RAD) : [0, 0, 0],
    axis: [axis[0] / length, axis[1] / length, axis[2] / length],
  };
}

function vector(object: StrictObject, key: string, largest: number): Vector3 {
  const [x, y, z] = object.list(key, 3, 3).map(({ element }) => {
    if (typeof element !== 'number' || !(Math.abs(element) <= largest)) {
      throw object.complaint(`must be three numbers from -${largest} to ${largest}`, key);
    }
    return element;
  });
  return [x!, y!, z!];
}
