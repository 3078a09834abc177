import type { KinematicLink, KinematicsSpec } from './kinematics-spec.ts';
import type { JointSpec } from './robot-spec.ts';
import { parseDirection, parseVector } from './parse-vector.ts';
import { StrictObject } from './strict-object.ts';

type Location = ConstructorParameters<typeof StrictObject>[2];

const MAX_M = 100;
const MAX_ROTATION_RAD = 2 * Math.PI;

/** The `kinematics` object of a robot file: joints that exist, each at most once; axes are made unit vectors. Throws E_ROBOT_FILE. */
export function parseKinematics(json: unknown, place: Location, joints: readonly JointSpec[]): KinematicsSpec {
  const kinematics = new StrictObject(json, ['chain', 'tipOriginM'], place);
  const chain = kinematics
    .list('chain', 1, joints.length)
    .map(({ element, location: at }) => parseLink(element, at, joints));
  const seen = new Set(chain.map(({ joint }) => joint));
  if (seen.size !== chain.length) throw kinematics.error('duplicate joint name', 'chain');
  return { chain, tipOriginM: parseVector(kinematics, 'tipOriginM', MAX_M) };
}

function parseLink(json: unknown, place: Location, joints: readonly JointSpec[]): KinematicLink {
  const link = new StrictObject(json, ['joint', 'originM', 'rpyRad', 'axis'], place);
  const joint = link.choice(
    'joint',
    joints.map(({ name }) => name),
  );
  return {
    joint,
    originM: parseVector(link, 'originM', MAX_M),
    rpyRad: link.has('rpyRad') ? parseVector(link, 'rpyRad', MAX_ROTATION_RAD) : [0, 0, 0],
    axis: parseDirection(link, 'axis', MAX_M),
  };
}
