import type { SoftqdError } from '../../base/errors.ts';
import type { XmlReader } from '../xml/index.ts';
import { readPose } from './read-joint.ts';
import type { UrdfGeometry, UrdfInertial, UrdfLink, UrdfShape } from './urdf-robot.ts';

/** A `<link>` of a URDF: mass and collision shapes. Throws E_ROBOT_FILE with file, line and link. */
export function readLink(link: XmlReader): UrdfLink {
  return {
    name: link.text('name'),
    inertial: readInertial(link),
    collisions: link.children('collision').map((collision) => readShape(link, collision)),
  };
}

function readInertial(link: XmlReader): UrdfInertial | null {
  const inertial = link.child('inertial');
  if (inertial === null) return null;
  const massKg = inertial.child('mass')?.number('value') ?? 0;
  if (massKg < 0) throw link.complaint(`has the mass ${massKg} kg`);
  if (massKg === 0) return null;
  const inertia = inertial.child('inertia');
  const [xx, yy, zz, xy, xz, yz] = ['ixx', 'iyy', 'izz', 'ixy', 'ixz', 'iyz'].map((key) => inertia?.number(key) ?? 0);
  return {
    ...readPose(inertial),
    massKg,
    momentsKgM2: [xx!, yy!, zz!],
    productsKgM2: [xy!, xz!, yz!],
  };
}

function readShape(link: XmlReader, collision: XmlReader): UrdfShape {
  return { ...readPose(collision), geometry: readGeometry(link, collision), at: collision.place };
}

function readGeometry(link: XmlReader, collision: XmlReader): UrdfGeometry {
  const geometry = collision.required('geometry');
  const refused = (shape: XmlReader, key: string, rule: string): SoftqdError => {
    const stated = shape.element.attributes[key]?.slice(0, 64) ?? 'missing';
    return link.complaint(`has a <${shape.element.name}> with ${key} ${stated}: ${rule}`);
  };
  const positive = (shape: XmlReader, key: string): number => {
    const value = shape.number(key);
    if (value !== null && value > 0) return value;
    throw refused(shape, key, 'must be greater than 0');
  };
  const [box, cylinder, sphere, mesh] = ['box', 'cylinder', 'sphere', 'mesh'].map((kind) => geometry.child(kind));
  // An element that is not of URDF, as pybullet reads it.
  const capsule = geometry.child('capsule');
  if (box) {
    const sizeM = box.vector('size', [0, 0, 0]);
    if (sizeM.every((edge) => edge > 0)) return { kind: 'box', sizeM };
    throw refused(box, 'size', 'each edge must be greater than 0');
  }
  if (sphere) return { kind: 'sphere', radiusM: positive(sphere, 'radius') };
  if (mesh) {
    const scale = mesh.vector('scale', [1, 1, 1]);
    // A negative factor mirrors.
    if (scale.every((factor) => factor !== 0)) return { kind: 'mesh', file: mesh.text('filename'), scale };
    throw refused(mesh, 'scale', 'no factor may be 0');
  }
  const round = cylinder ?? capsule;
  if (!round) throw link.complaint('has a collision without box, cylinder, sphere or mesh');
  return { kind: 'cylinder', radiusM: positive(round, 'radius'), lengthM: positive(round, 'length') };
}
