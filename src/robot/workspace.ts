import { SoftqdError } from '../base/errors.ts';
import type { Vector3 } from './kinematics-spec.ts';
import type { RobotSpec } from './robot-spec.ts';
import { rotationAbout, rotationOfRpy, times, timesVector, type Matrix3 } from './rotation.ts';
import { segmentDistance } from './segment-distance.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

/** How a pose lies in the workspace of a robot. */
export interface WorkspaceCheck {
  /** By how much each part of the robot is outside, or in another, m; all 0: the pose is allowed. Always in the same order. */
  readonly depthsM: (positions: ArrayLike<number>) => readonly number[];
  /** How far each part is from what it must not touch, m, by names ("palm at table"); negative: a violation. */
  readonly clearancesM: (positions: ArrayLike<number>) => ReadonlyMap<string, number>;
}

interface Link {
  readonly name: string;
  /** Its joint in RobotSpec.joints. */
  readonly index: number;
  /** Its parent in the list of links. */
  readonly parent: number;
  readonly slides: boolean;
  readonly originM: Vector3;
  readonly fixed: Matrix3;
  readonly axis: Vector3;
}

const IDENTITY: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const BASE = 'base';
/** Numbers of a capsule's ends. */
const ENDS = 6;

type Report = (part: string, other: string, clearanceM: number) => void;

/** The check of a robot's workspace; null when its file states none. Throws E_ROBOT_FILE for one without kinematics. Pure. */
export function createWorkspaceCheck(robot: RobotSpec): WorkspaceCheck | null {
  const workspace = robot.safety?.workspace ?? null;
  if (workspace === null) return null;
  const links = linksOf(robot, workspace);
  const indexOf = (name: string): number => {
    const index = links.findIndex((link) => link.name === name);
    if (index >= 0) return index;
    throw robotFileError(robot, `link ${name} is neither ${BASE} nor in the kinematics or branches`);
  };
  const capsules = workspace.capsules.map((capsule) => ({ ...capsule, link: indexOf(capsule.link) }));
  const tip = { name: 'tip', link: robot.kinematics!.chain.length, atM: robot.kinematics!.tipOriginM };
  const points = [tip, ...workspace.points.map((point) => ({ ...point, link: indexOf(point.link) }))];
  const pairs = pairsOf(links, capsules, workspace);
  const visit = (positions: ArrayLike<number>, report: Report): void => {
    const { frames, origins } = place(links, positions);
    const at = (link: number, point: Vector3): Vector3 => moved(origins[link]!, frames[link]!, point);
    const ends = new Float64Array(ENDS * capsules.length);
    capsules.forEach(({ link, fromM, toM }, i) => {
      ends.set(at(link, fromM), ENDS * i);
      ends.set(at(link, toM), ENDS * i + 3);
    });
    const placed = points.map(({ name, link, atM }) => ({ name, at: at(link, atM) }));
    for (const plane of workspace.planes) {
      for (const [i, { name, link, radiusM }] of capsules.entries()) {
        // The base does not move.
        if (link === 0) continue;
        const lowest = Math.min(along(plane.normal, ends, ENDS * i), along(plane.normal, ends, ENDS * i + 3));
        report(name, plane.name, lowest - plane.offsetM - radiusM);
      }
      report('tip', plane.name, along(plane.normal, placed[0]!.at, 0) - plane.offsetM);
    }
    for (const { name, minM, maxM } of workspace.boxes) {
      for (const point of placed) {
        const inside = point.at.map((value, k) => Math.min(value - minM[k]!, maxM[k]! - value));
        report(point.name, name, Math.min(...inside));
      }
    }
    for (const { first, second, i, j, radiiM } of pairs)
      report(first, second, segmentDistance(ends, ENDS * i, ENDS * j) - radiiM);
  };
  return {
    depthsM(positions) {
      const depths: number[] = [];
      // A NaN must not count as 0.
      visit(positions, (_part, _other, clearance) => depths.push(clearance >= 0 ? 0 : -clearance));
      return depths;
    },
    clearancesM(positions) {
      const clearances = new Map<string, number>();
      visit(positions, (part, other, clearance) => clearances.set(`${part} at ${other}`, clearance));
      return clearances;
    },
  };
}

function linksOf(robot: RobotSpec, workspace: WorkspaceSpec): readonly Link[] {
  const { kinematics, joints } = robot;
  if (kinematics === undefined) throw robotFileError(robot, 'a workspace needs the kinematics section');
  const base: Link = {
    ...{ name: BASE, index: -1, parent: -1, slides: false },
    ...{ originM: [0, 0, 0], fixed: IDENTITY, axis: [0, 0, 1] },
  };
  const links: Link[] = [base];
  const add = (joint: string, parent: string, part: Pick<Link, 'originM' | 'axis'> & { rpyRad: Vector3 }): void => {
    const index = joints.findIndex(({ name }) => name === joint);
    const parentIndex = links.findIndex(({ name }) => name === parent);
    if (parentIndex < 0) throw robotFileError(robot, `${joint} has the unknown parent ${parent}`);
    const { originM, axis, rpyRad } = part;
    const slides = joints[index]!.kind === 'prismatic';
    links.push({ name: joint, index, parent: parentIndex, slides, originM, fixed: rotationOfRpy(rpyRad), axis });
  };
  kinematics.chain.forEach((link, i) => add(link.joint, i === 0 ? BASE : kinematics.chain[i - 1]!.joint, link));
  for (const branch of workspace.branches) add(branch.joint, branch.parent, branch);
  return links;
}

interface Pair {
  readonly first: string;
  readonly second: string;
  readonly i: number;
  readonly j: number;
  readonly radiiM: number;
}

function pairsOf(
  links: readonly Link[],
  capsules: readonly { readonly name: string; readonly link: number; readonly radiusM: number }[],
  { ignoredPairs }: WorkspaceSpec,
): readonly Pair[] {
  const touches = (a: number, b: number): boolean => a === b || links[a]!.parent === b || links[b]!.parent === a;
  const isIgnored = (a: string, b: string): boolean =>
    ignoredPairs.some((pair) => pair.includes(a) && pair.includes(b));
  return capsules.flatMap((first, i) =>
    capsules.slice(i + 1).flatMap((second, offset) => {
      if (touches(first.link, second.link) || isIgnored(first.name, second.name)) return [];
      return [{ first: first.name, second: second.name, i, j: i + 1 + offset, radiiM: first.radiusM + second.radiusM }];
    }),
  );
}

function place(
  links: readonly Link[],
  positions: ArrayLike<number>,
): { readonly frames: readonly Matrix3[]; readonly origins: readonly Vector3[] } {
  const frames: Matrix3[] = [IDENTITY];
  const origins: Vector3[] = [[0, 0, 0]];
  for (let i = 1; i < links.length; i++) {
    const { index, parent, slides, originM, fixed, axis } = links[i]!;
    const position = positions[index] ?? NaN;
    const origin = moved(origins[parent]!, frames[parent]!, originM);
    const frame = fixed === IDENTITY ? frames[parent]! : times(frames[parent]!, fixed);
    if (slides) {
      frames.push(frame);
      origins.push(moved(origin, frame, [axis[0] * position, axis[1] * position, axis[2] * position]));
    } else {
      frames.push(times(frame, rotationAbout(axis, position)));
      origins.push(origin);
    }
  }
  return { frames, origins };
}

function moved(from: Vector3, frame: Matrix3, offset: Vector3): Vector3 {
  const [x, y, z] = timesVector(frame, offset);
  return [from[0] + x, from[1] + y, from[2] + z];
}

function along([x, y, z]: Vector3, points: ArrayLike<number>, i: number): number {
  return x * points[i]! + y * points[i + 1]! + z * points[i + 2]!;
}

function robotFileError(robot: RobotSpec, message: string): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${robot.name}: ${message}`, { values: { robot: robot.name } });
}
