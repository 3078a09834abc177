import type { Vector3 } from '../kinematics-spec.ts';
import type { JointSpec } from '../robot-spec.ts';
import type { ImportedRobot, ServoGains } from '../import/index.ts';
import type { Capsule } from '../shapes/index.ts';
import { node, type XmlNode } from '../xml/index.ts';
import { rotationOfRpy, timesVector } from '../rotation.ts';
import { isMassless, linkInertia } from './link-inertia.ts';
import type { UrdfJoint, UrdfLink, UrdfRobot, UrdfShape } from './urdf-robot.ts';

export interface UrdfModelOptions {
  /** In the frame of its shape; null: the mesh cannot be read. */
  readonly capsuleOfMesh: (shape: UrdfShape) => Capsule | null;
  /** By joint; null: a model without servos, to compute them from. */
  readonly servos: ReadonlyMap<string, ServoGains> | null;
  readonly timestepS: number;
}

/** Density of a moving link that states shapes but no mass, kg/m³. */
const DENSITY_KG_PER_M3 = 500;
/** Edges of 0 are none in MuJoCo. */
const MIN_HALF_SIZE_M = 1e-4;

/**
 * A MuJoCo model of a URDF: its links, joints, ranges, masses, inertias and friction; boxes, balls and cylinders as stated, meshes as
 * capsules around them; joints that mimic others as equality constraints; position and velocity servos at the driven joints. Shapes
 * touch the surroundings only, not each other. `notes` gets what was assumed.
 */
export function urdfModel(
  urdf: UrdfRobot,
  imported: ImportedRobot,
  options: UrdfModelOptions,
  notes: string[],
): XmlNode {
  const driven = new Map(imported.joints.map((joint) => [joint.name, joint]));
  const build = new ModelBuilder(urdf, driven, options, notes);
  const { servos, timestepS } = options;
  const follows = urdf.joints.filter((joint) => build.moves(joint) && joint.mimic !== null);
  return node('mujoco', { model: urdf.name || 'robot' }, [
    // Upper case: turns about fixed axes, as URDF's rpy.
    node('compiler', { angle: 'radian', eulerseq: 'XYZ', autolimits: 'true' }),
    node('option', { timestep: timestepS, integrator: 'implicitfast' }),
    node('default', {}, [node('geom', { contype: 0, conaffinity: 1, density: DENSITY_KG_PER_M3 })]),
    node('worldbody', {}, [
      node('light', { pos: [0.3, -0.5, 3], dir: [-0.1, 0.2, -1] }),
      build.body(urdf.root, null, imported.tip),
    ]),
    ...(follows.length === 0
      ? []
      : [
          node(
            'equality',
            {},
            follows.map(({ name, mimic }) =>
              node('joint', {
                joint1: name,
                joint2: mimic!.joint,
                polycoef: [mimic!.offset, mimic!.multiplier, 0, 0, 0],
              }),
            ),
          ),
        ]),
    ...(servos === null
      ? []
      : [
          node(
            'actuator',
            {},
            imported.joints.map((joint) => servoNode(joint, servos.get(joint.name)!)),
          ),
        ]),
  ]);
}

/** The servo of a joint: `<position>` with stiffness and damping, or `<velocity>`. */
export function servoNode({ name, commandMode }: JointSpec, gains: ServoGains): XmlNode {
  const force = gains.maxEffort === null ? {} : { forcerange: [-gains.maxEffort, gains.maxEffort] };
  return commandMode === 'velocity'
    ? node('velocity', { name, joint: name, kv: gains.damping, ...force })
    : node('position', { name, joint: name, kp: gains.stiffness, kv: gains.damping, ...force });
}

class ModelBuilder {
  private readonly urdf: UrdfRobot;
  private readonly driven: ReadonlyMap<string, JointSpec>;
  private readonly options: UrdfModelOptions;
  private readonly notes: string[];
  private readonly names = new Set(['world']);

  constructor(urdf: UrdfRobot, driven: ReadonlyMap<string, JointSpec>, options: UrdfModelOptions, notes: string[]) {
    this.urdf = urdf;
    this.driven = driven;
    this.options = options;
    this.notes = notes;
  }

  /** Whether a joint moves in the model: it is driven, or follows one that moves. */
  moves(joint: UrdfJoint): boolean {
    const seen = new Set<string>();
    for (let leader: UrdfJoint | undefined = joint; leader !== undefined && !seen.has(leader.name);) {
      if (leader.type === 'fixed' || leader.type === 'floating' || leader.type === 'planar') return false;
      if (leader.mimic === null) return this.driven.has(leader.name);
      seen.add(leader.name);
      const followed: string = leader.mimic.joint;
      leader = this.urdf.joints.find(({ name }) => name === followed);
    }
    return false;
  }

  body(linkName: string, joint: UrdfJoint | null, tip: string | null): XmlNode {
    const link = this.urdf.links.get(linkName)!;
    const children = this.urdf.joints.filter(({ parent }) => parent === linkName);
    const moves = joint !== null && this.moves(joint);
    return node('body', { name: this.bodyName(linkName), ...(joint === null ? {} : pose(joint)) }, [
      ...(moves ? [this.joint(joint)] : []),
      ...this.inertial(link, moves),
      ...link.collisions.flatMap((shape, i) => this.geom(link, shape, i)),
      ...(linkName === tip ? [node('site', { name: 'tip', size: 0.006, rgba: [0.8, 0.1, 0.1, 1] })] : []),
      ...children.map((child) => this.body(child.child, child, tip)),
    ]);
  }

  private bodyName(link: string): string {
    let name = link;
    while (this.names.has(name)) name = `${name}_link`;
    this.names.add(name);
    return name;
  }

  private joint({ name, type, axis, limits, damping, friction }: UrdfJoint): XmlNode {
    const spec = this.driven.get(name);
    const low = spec?.limits.minPositionRadOrM ?? limits.lower;
    const high = spec?.limits.maxPositionRadOrM ?? limits.upper;
    return node('joint', {
      name,
      type: type === 'prismatic' ? 'slide' : 'hinge',
      axis,
      range: low === null || high === null ? undefined : [low, high],
      damping: damping > 0 ? damping : undefined,
      frictionloss: friction > 0 ? friction : undefined,
      armature: this.options.servos?.get(name)?.armature,
    });
  }

  private inertial(link: UrdfLink, moves: boolean): XmlNode[] {
    const massless = isMassless(link.inertial);
    if (massless && (!moves || this.hasFixedMass(link.name))) {
      // Shapes without mass: MuJoCo would derive one from them.
      return link.collisions.length === 0
        ? []
        : [node('inertial', { pos: [0, 0, 0], mass: 0, diaginertia: [0, 0, 0] })];
    }
    if (massless && link.collisions.some((shape) => this.isReadable(shape))) {
      this.notes.push(`link ${link.name} moves but has no mass: its shapes at ${DENSITY_KG_PER_M3} kg/m³ are assumed`);
      return [];
    }
    const { massKg, centerM, inertiaKgM2, note } = linkInertia(link.inertial, moves);
    if (note !== null) this.notes.push(`link ${link.name} ${note}`);
    const inertia = inertiaKgM2.every((value) => value === 0)
      ? { diaginertia: [0, 0, 0] }
      : { fullinertia: inertiaKgM2 };
    return [node('inertial', { pos: centerM, mass: massKg, ...inertia })];
  }

  /** Whether a link that is fixed to this one has a mass. */
  private hasFixedMass(link: string): boolean {
    return this.urdf.joints.some(
      (joint) =>
        joint.parent === link &&
        !this.moves(joint) &&
        (!isMassless(this.urdf.links.get(joint.child)!.inertial) || this.hasFixedMass(joint.child)),
    );
  }

  private isReadable(shape: UrdfShape): boolean {
    return shape.geometry.kind !== 'mesh' || this.options.capsuleOfMesh(shape) !== null;
  }

  private geom(link: UrdfLink, shape: UrdfShape, index: number): XmlNode[] {
    const { geometry } = shape;
    const name = link.collisions.length === 1 ? link.name : `${link.name}_${index + 1}`;
    const half = (size: number): number => Math.max(MIN_HALF_SIZE_M, size / 2);
    if (geometry.kind === 'box')
      return [node('geom', { name, type: 'box', size: geometry.sizeM.map(half), ...pose(shape) })];
    if (geometry.kind === 'sphere')
      return [node('geom', { name, type: 'sphere', size: geometry.radiusM, ...pose(shape) })];
    if (geometry.kind === 'cylinder') {
      const size = [geometry.radiusM, half(geometry.lengthM)];
      return [node('geom', { name, type: 'cylinder', size, ...pose(shape) })];
    }
    const capsule = this.options.capsuleOfMesh(shape);
    if (capsule === null) return [];
    const { fromM, toM } = placed(capsule, shape);
    const size = Math.max(MIN_HALF_SIZE_M, capsule.radiusM);
    const length = Math.hypot(...fromM.map((value, k) => toM[k]! - value));
    return length < MIN_HALF_SIZE_M
      ? [node('geom', { name, type: 'sphere', size, pos: fromM })]
      : [node('geom', { name, type: 'capsule', size, fromto: [...fromM, ...toM] })];
  }
}

function pose({ originM, rpyRad }: { readonly originM: Vector3; readonly rpyRad: Vector3 }): Record<string, Vector3> {
  const isZero = (vector: Vector3): boolean => vector.every((value) => value === 0);
  return { ...(isZero(originM) ? {} : { pos: originM }), ...(isZero(rpyRad) ? {} : { euler: rpyRad }) };
}

/** A capsule from the frame of its shape to that of the link. */
function placed({ fromM, toM }: Capsule, { originM, rpyRad }: UrdfShape): Pick<Capsule, 'fromM' | 'toM'> {
  const turn = rotationOfRpy(rpyRad);
  const moved = (point: Vector3): Vector3 => {
    const [x, y, z] = timesVector(turn, point);
    return [originM[0] + x, originM[1] + y, originM[2] + z];
  };
  return { fromM: moved(fromM), toM: moved(toM) };
}
