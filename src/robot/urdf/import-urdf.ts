import { SoftqdError } from '../../base/errors.ts';
import { ROBOT_SIZE_LIMITS } from '../bounds.ts';
import { chooseTip, type ImportedRobot, type TreeLink } from '../import/index.ts';
import type { KinematicLink, KinematicsSpec, Vector3 } from '../kinematics-spec.ts';
import type { JointSpec } from '../robot-spec.ts';
import { rotationOfRpy, rpyOfRotation, times, timesVector, type Matrix3 } from '../rotation.ts';
import type { UrdfJoint, UrdfRobot } from './urdf-robot.ts';

/**
 * Joints, kinds and limits from the root outwards, and the chain to `tip` (default: see chooseTip). Fixed joints
 * are folded into the chain; joints that mimic others, float or slide in a plane are skipped with a note. A limit that the file does not
 * contain, or sets to 0, is absent. With a tip, of a robot of more joints than a robot file takes, those of the chain are imported. Throws
 * E_ROBOT_FILE when no joint moves, there are too many, or the chain needs a skipped joint, E_USAGE for a tip that is not a link.
 */
export function importUrdf(urdf: UrdfRobot, tip?: string): ImportedRobot {
  const notes: string[] = [...urdf.notes];
  const moving = urdf.joints.filter((joint) => joint.type !== 'fixed' && exclusionReason(joint) === null);
  for (const joint of urdf.joints) {
    const left = exclusionReason(joint);
    if (left !== null) notes.push(`joint ${joint.name} skipped: ${left}`);
  }
  if (moving.length === 0) {
    throw new SoftqdError('E_ROBOT_FILE', `${urdf.name || 'the URDF'} has no joint that moves`, {
      hint: 'It is an object, not a robot: pass a URDF with revolute, continuous or prismatic joints.',
    });
  }
  if (tip !== undefined && !urdf.links.has(tip)) throw unknownTip(tip, urdf);
  const chosen = tip ?? singleTip(urdf, notes);
  const kinematics = chosen === null ? null : chainToLink(chosen, urdf, tip !== undefined);
  const inChain = new Set(kinematics?.chain.map(({ joint }) => joint));
  const few = moving.length > ROBOT_SIZE_LIMITS.joints ? chainOnly(moving, inChain, { urdf, tip, notes }) : moving;
  const carrying = new Set(moving.flatMap(({ parent }) => pathTo(parent, urdf).map(({ name }) => name)));
  const isWheel = ({ type, name }: UrdfJoint): boolean =>
    type === 'continuous' && !inChain.has(name) && !carrying.has(name);
  const wheels = few.filter(isWheel);
  const isArm = kinematics !== null;
  if (isArm && wheels.length > 0)
    notes.push(
      `left out and fixed: ${wheels.map(({ name }) => name).join(', ')}; wheels beside an arm, whose base stands still`,
    );
  const driven = isArm ? few.filter((joint) => !isWheel(joint)) : few;
  const joints = driven.map((joint) => toJoint(joint, isWheel(joint), notes));
  return { joints, kinematics, tip: isArm ? chosen : null, notes };
}

function unknownTip(tip: string, { links }: UrdfRobot): SoftqdError {
  const names = [...links.keys()].slice(0, 64);
  return new SoftqdError('E_USAGE', `--tip ${tip}: no such link; links: ${names.join(', ')}`, {
    values: { tip, links: names },
  });
}

function exclusionReason({ type, mimic }: UrdfJoint): string | null {
  if (type === 'floating' || type === 'planar') return `joint type ${type} is not supported; it is fixed`;
  return mimic === null ? null : `mimic joint of ${mimic.joint}`;
}

function chainOnly(
  moving: readonly UrdfJoint[],
  inChain: ReadonlySet<string>,
  { urdf, tip, notes }: { readonly urdf: UrdfRobot; readonly tip: string | undefined; readonly notes: string[] },
): UrdfJoint[] {
  const most = ROBOT_SIZE_LIMITS.joints;
  const driven = moving.filter(({ name }) => inChain.has(name));
  if (tip !== undefined && driven.length <= most) {
    notes.push(
      driven.length === 1
        ? `of ${moving.length} joints the one that moves ${tip} is imported; the others are fixed at 0`
        : `of ${moving.length} joints the ${driven.length} that move ${tip} are imported; the others are fixed at 0`,
    );
    return driven;
  }
  throw new SoftqdError(
    'E_ROBOT_FILE',
    `${urdf.name || 'the URDF'} has ${moving.length} joints that move: at most ${most}`,
    {
      hint: 'Pass --tip LINK to import the joints that move that link; the others are then fixed.',
      values: { joints: moving.length, most },
    },
  );
}

/** A continuous joint that carries no other and is not in the chain is a wheel: it is driven by its velocity. */
function toJoint({ name, type, limits: stated }: UrdfJoint, isWheel: boolean, notes: string[]): JointSpec {
  const limits: Record<string, number> = {};
  if (type !== 'continuous') {
    if (stated.lower !== null) limits['minPositionRadOrM'] = stated.lower;
    if (stated.upper !== null) limits['maxPositionRadOrM'] = stated.upper;
    notes.push(...missingBounds(name, stated));
  } else {
    const range = isWheel ? 'use -1e9 to 1e9' : 'the turns that its cables allow';
    notes.push(
      `joint ${name} is continuous${isWheel ? ', taken for a wheel' : ''}; hardware still requires position limits: ${range}`,
    );
  }
  for (const [key, value] of [
    ['maxVelocityRadOrMPerS', stated.maxVelocity],
    ['maxEffortNmOrN', stated.maxEffort],
  ] as const) {
    if (value !== null) limits[key] = value;
    else notes.push(`joint ${name}: no ${key === 'maxEffortNmOrN' ? 'effort' : 'velocity'} limit; set ${key}`);
  }
  return {
    name,
    kind: type === 'prismatic' ? 'prismatic' : 'revolute',
    commandMode: isWheel ? 'velocity' : 'position',
    limits,
    stopMode: 'hold',
  };
}

function missingBounds(name: string, { lower, upper }: UrdfJoint['limits']): string[] {
  if (lower === null && upper === null)
    return [`joint ${name}: no position limits; set minPositionRadOrM and maxPositionRadOrM`];
  if (lower === null)
    return [`joint ${name}: no lower position limit (the upper one is ${upper}); set minPositionRadOrM`];
  return upper === null
    ? [`joint ${name}: no upper position limit (the lower one is ${lower}); set maxPositionRadOrM`]
    : [];
}

function singleTip(urdf: UrdfRobot, notes: string[]): string | null {
  const links: TreeLink[] = [{ name: urdf.root, parent: null, joints: 0, placed: true }];
  const placed = new Map([[urdf.root, true]]);
  for (const joint of urdf.joints) {
    const isPlaced = placed.get(joint.parent)! && exclusionReason(joint) === null;
    placed.set(joint.child, isPlaced);
    const joints = joint.type === 'fixed' ? 0 : 1;
    links.push({ name: joint.child, parent: joint.parent, joints, placed: isPlaced });
  }
  const chosen = chooseTip(links);
  if (chosen === null) {
    const parents = new Set(links.map(({ parent }) => parent));
    const leaves = links.filter(({ name }) => !parents.has(name)).map(({ name }) => name);
    notes.push(`no kinematics: pass --tip with one of ${leaves.slice(0, 16).join(', ')}`);
    return null;
  }
  if (chosen.tip === null) {
    const before = pathTo(chosen.unplaced, urdf).find((joint) => exclusionReason(joint) !== null)!;
    notes.push(`no tip: ${undrivenText(chosen.unplaced, before)}; pass --tip with a link before it`);
    return null;
  }
  if (chosen.reason !== null) notes.push(`the tip is ${chosen.tip}, ${chosen.reason}; pass --tip for another link`);
  return chosen.tip;
}

/** The joints between the base and a link. */
function pathTo(link: string, { jointOfLink }: UrdfRobot): UrdfJoint[] {
  const path: UrdfJoint[] = [];
  for (let joint = jointOfLink.get(link); joint !== undefined; joint = jointOfLink.get(joint.parent))
    path.unshift(joint);
  return path;
}

function undrivenText(tip: string, joint: UrdfJoint): string {
  return `the chain to ${tip} contains joint ${joint.name}: ${exclusionReason(joint)!}`;
}

function chainToLink(tip: string, urdf: UrdfRobot, asked: boolean): KinematicsSpec | null {
  const chain: KinematicLink[] = [];
  let turn: Matrix3 = rotationOfRpy([0, 0, 0]);
  let at: Vector3 = [0, 0, 0];
  // Angles stay as written when no fixed joint precedes them: composed ones differ in the last digit.
  let fixedBefore = false;
  for (const joint of pathTo(tip, urdf)) {
    if (exclusionReason(joint) !== null) {
      throw new SoftqdError('E_ROBOT_FILE', `${joint.at}: ${undrivenText(tip, joint)}`, {
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
    chain.push({ joint: joint.name, originM: at, rpyRad, axis: joint.axis });
    fixedBefore = false;
    turn = rotationOfRpy([0, 0, 0]);
    at = [0, 0, 0];
  }
  if (chain.length > 0) return { chain, tipOriginM: at };
  if (!asked) return null;
  throw new SoftqdError('E_USAGE', `--tip ${tip}: not moved by any joint`, { values: { tip } });
}
