import { SoftqdError } from '../../base/errors.ts';
import type { KinematicLink, KinematicsSpec, Vector3 } from '../kinematics-spec.ts';
import type { JointSpec } from '../robot-spec.ts';
import { rotationOfRpy, rpyOfRotation, times, timesVector, type Matrix3 } from '../rotation.ts';
import type { UrdfJoint, UrdfRobot } from './read-urdf.ts';

/** The contents of a URDF in the terms of a robot file. */
export interface ImportedRobot {
  readonly joints: readonly JointSpec[];
  /** Null when no tip was named and the file does not determine it. */
  readonly kinematics: KinematicsSpec | null;
  /** Skipped parts and assumptions, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Joints, kinds and limits from the root outwards, and the chain to `tip` (default: the only link without a child). Fixed joints
 * are folded into the chain; joints that mimic others, float or slide in a plane are skipped with a note. A limit that the file does not
 * contain, or sets to 0, is absent. Throws E_ROBOT_FILE when no joint moves or the chain needs a skipped joint, E_USAGE for a
 * tip that is not a link.
 */
export function importUrdf(urdf: UrdfRobot, tip?: string): ImportedRobot {
  const notes: string[] = [];
  const joints: JointSpec[] = [];
  for (const joint of sortParentsFirst(urdf)) {
    const left = exclusionReason(joint);
    if (left !== null) notes.push(`joint ${joint.name} skipped: ${left}`);
    else if (joint.type !== 'fixed') joints.push(toJoint(joint, notes));
  }
  if (joints.length === 0) throw new SoftqdError('E_ROBOT_FILE', `${urdf.name || 'the URDF'} has no joint that moves`);
  const chosen = tip ?? singleLeafLink(urdf, notes);
  if (tip !== undefined && !urdf.links.includes(tip)) {
    throw new SoftqdError('E_USAGE', `--tip ${tip}: no such link; links: ${urdf.links.slice(0, 64).join(', ')}`, {
      values: { tip, links: urdf.links.slice(0, 64) },
    });
  }
  return { joints, kinematics: chosen === null ? null : chainToLink(chosen, urdf, tip !== undefined), notes };
}

/** Every joint after the one that carries it, branch by branch in the order of the file. */
function sortParentsFirst({ root, joints }: UrdfRobot): UrdfJoint[] {
  const from = new Map<string, UrdfJoint[]>();
  for (const joint of joints) from.set(joint.parent, [...(from.get(joint.parent) ?? []), joint]);
  const ordered: UrdfJoint[] = [];
  const waiting = [...(from.get(root) ?? [])].reverse();
  for (let joint = waiting.pop(); joint !== undefined; joint = waiting.pop()) {
    ordered.push(joint);
    waiting.push(...[...(from.get(joint.child) ?? [])].reverse());
  }
  return ordered;
}

function exclusionReason({ type, mimicOf }: UrdfJoint): string | null {
  if (type === 'floating' || type === 'planar') return `joint type ${type} is not supported`;
  return mimicOf !== null && type !== 'fixed' ? `mimic joint of ${mimicOf}` : null;
}

function toJoint(joint: UrdfJoint, notes: string[]): JointSpec {
  const { name, type, lower, upper, maxVelocity, maxEffort } = joint;
  const limits: Record<string, number> = {};
  if (type !== 'continuous') {
    const [min, max] = [lower ?? 0, upper ?? 0];
    if (max > min) Object.assign(limits, { minPositionRadOrM: min, maxPositionRadOrM: max });
    else notes.push(`joint ${name}: no position limits; set minPositionRadOrM and maxPositionRadOrM`);
  } else {
    notes.push(`joint ${name} is continuous; hardware still requires position limits: use -1e9 to 1e9`);
  }
  for (const [key, value] of [
    ['maxVelocityRadOrMPerS', maxVelocity],
    ['maxEffortNmOrN', maxEffort],
  ] as const) {
    if (value !== null && value > 0) limits[key] = value;
    else notes.push(`joint ${name}: no ${key === 'maxEffortNmOrN' ? 'effort' : 'velocity'} limit; set ${key}`);
  }
  return {
    name,
    kind: type === 'prismatic' ? 'prismatic' : 'revolute',
    commandMode: 'position',
    limits,
    stopMode: 'hold',
  };
}

function singleLeafLink({ links, joints }: UrdfRobot, notes: string[]): string | null {
  const carrying = new Set(joints.map(({ parent }) => parent));
  const leaves = links.filter((link) => !carrying.has(link));
  if (leaves.length === 1) return leaves[0]!;
  notes.push(`no kinematics: pass --tip with one of ${leaves.slice(0, 16).join(', ')}`);
  return null;
}

function chainToLink(tip: string, urdf: UrdfRobot, asked: boolean): KinematicsSpec | null {
  const path: UrdfJoint[] = [];
  for (let joint = urdf.jointOfLink.get(tip); joint !== undefined; joint = urdf.jointOfLink.get(joint.parent)) {
    path.unshift(joint);
  }
  const chain: KinematicLink[] = [];
  let turn: Matrix3 = rotationOfRpy([0, 0, 0]);
  let at: Vector3 = [0, 0, 0];
  // Angles stay as written when no fixed joint precedes them: composed ones differ in the last digit.
  let fixedBefore = false;
  for (const joint of path) {
    const left = exclusionReason(joint);
    if (left !== null) {
      throw new SoftqdError('E_ROBOT_FILE', `the chain to ${tip} contains joint ${joint.name}: ${left}`, {
        hint: 'Pass --tip with a link before that joint.',
        values: { tip, joint: joint.name },
      });
    }
    const moved = timesVector(turn, joint.originM);
    at = [at[0] + moved[0], at[1] + moved[1], at[2] + moved[2]];
    turn = times(turn, rotationOfRpy(joint.rpyRad));
    if (joint.type === 'fixed') {
      fixedBefore = true;
      continue;
    }
    const rpyRad = fixedBefore ? rpyOfRotation(turn) : joint.rpyRad;
    chain.push({ joint: joint.name, originM: at, rpyRad, axis: unit(joint) });
    fixedBefore = false;
    turn = rotationOfRpy([0, 0, 0]);
    at = [0, 0, 0];
  }
  if (chain.length > 0) return { chain, tipOriginM: at };
  if (!asked) return null;
  throw new SoftqdError('E_USAGE', `--tip ${tip}: not moved by any joint`, { values: { tip } });
}

function unit({ name, axis }: UrdfJoint): Vector3 {
  const length = Math.hypot(...axis);
  if (!(length > 1e-6)) throw new SoftqdError('E_ROBOT_FILE', `joint ${name} has an axis without direction`);
  return [axis[0] / length, axis[1] / length, axis[2] / length];
}
