import { XoshiroRandom } from '../../base/random.ts';
import { jointRange } from '../joint-range.ts';
import type { KinematicsSpec } from '../kinematics-spec.ts';
import type { RobotSpec } from '../robot-spec.ts';
import { DEFAULT_SAFETY } from '../safety-spec.ts';
import { createWorkspaceCheck } from '../workspace.ts';
import type { CapsuleSpec, WorkspaceSpec } from '../workspace-spec.ts';
import { boundingCapsule, capsulePoints, type Capsule } from '../shapes/index.ts';
import type { ModelDescription } from './model-description.ts';
import { moved, type ModelFrames } from './model-frames.ts';

const BASE = 'base';
/** Of a robot file. */
const MAX_ELEMENTS = 64;
const POSES = 1000;
/** Two shapes that touch in so many poses are mounted that close: a stand-in capsule is larger than its part. */
const USUALLY = 0.3;
/** A capsule's last digits are tenths of a millimeter. */
const DIGITS_M = 1e4;

/**
 * The workspace of an imported arm: a capsule around each shape that may touch something (around all of a link when there are more than a
 * robot file takes), the branches that carry some, and the pairs that may touch: they do so in the middle of all ranges, at zero, or in
 * every third pose. Null: no shapes, or too many.
 */
export function deriveWorkspace(
  robot: RobotSpec & { readonly kinematics: KinematicsSpec },
  model: ModelDescription,
  frames: ModelFrames,
): WorkspaceSpec | null {
  const all = capsulesOf(model, frames);
  for (const capsules of [all, perLink(all)]) {
    if (capsules.length === 0 || capsules.length > MAX_ELEMENTS) continue;
    const branches = branchesOf(robot, capsules, frames);
    const workspace = { planes: [], boxes: [], points: [], capsules, branches, ignoredPairs: [] };
    const ignoredPairs = touchingPairs(robot, workspace);
    if (branches.length <= MAX_ELEMENTS && ignoredPairs.length <= MAX_ELEMENTS) return { ...workspace, ignoredPairs };
  }
  return null;
}

function capsulesOf({ bodies }: ModelDescription, frames: ModelFrames): CapsuleSpec[] {
  const names = new Set<string>();
  return bodies.flatMap((body, i) => {
    const { joint, atM, rotation } = frames.bodies[i]!;
    return body.shapes.map((shape) => {
      const rounded = (point: CapsuleSpec['fromM']): CapsuleSpec['fromM'] => {
        const [x, y, z] = moved(atM, rotation, point).map((value) => Math.round(value * DIGITS_M) / DIGITS_M);
        return [x!, y!, z!];
      };
      let name = shape.name;
      for (let n = 2; names.has(name); n++) name = `${shape.name}_${n}`;
      names.add(name);
      // Rounding moves an end by less than one digit.
      const radiusM = Math.ceil(shape.radiusM * DIGITS_M + 1) / DIGITS_M;
      return { name, link: joint ?? BASE, fromM: rounded(shape.fromM), toM: rounded(shape.toM), radiusM };
    });
  });
}

function perLink(capsules: readonly CapsuleSpec[]): CapsuleSpec[] {
  const links = [...new Set(capsules.map(({ link }) => link))];
  return links.map((link) => {
    const members = capsules.filter((capsule) => capsule.link === link);
    const around: Capsule = boundingCapsule(members.flatMap(capsulePoints))!;
    return { name: link, link, ...around };
  });
}

/** The driven joints beside the chain that carry a capsule, and those between them and the chain; parents first. */
function branchesOf(
  { kinematics }: { readonly kinematics: KinematicsSpec },
  capsules: readonly CapsuleSpec[],
  { links }: ModelFrames,
): WorkspaceSpec['branches'] {
  const inChain = new Set(kinematics.chain.map(({ joint }) => joint));
  const wanted = new Set<string>();
  for (const { link } of capsules) {
    let name: string | null = link === BASE ? null : link;
    for (; name !== null && !inChain.has(name); name = links.find(({ joint }) => joint === name)!.parent)
      wanted.add(name);
  }
  return links
    .filter(({ joint }) => wanted.has(joint))
    .map(({ joint, parent, originM, rpyRad, axis }) => ({ joint, parent: parent ?? BASE, originM, rpyRad, axis }));
}

function touchingPairs(robot: RobotSpec, workspace: WorkspaceSpec): [string, string][] {
  const check = createWorkspaceCheck({ ...robot, safety: { ...DEFAULT_SAFETY, workspace } })!;
  const ranges = robot.joints.map((joint) => jointRange(joint) ?? { min: 0, max: 0 });
  const random = new XoshiroRandom(1);
  const clamped = (value: number, i: number): number => Math.max(ranges[i]!.min, Math.min(ranges[i]!.max, value));
  const special = [ranges.map(({ min, max }) => (min + max) / 2), ranges.map((_, i) => clamped(0, i))];
  const counts = new Map<string, number>();
  const count = (positions: readonly number[], weight: number): void => {
    for (const [pair, clearance] of check.clearancesM(positions))
      if (clearance < 0) counts.set(pair, (counts.get(pair) ?? 0) + weight);
  };
  for (const positions of special) count(positions, POSES);
  for (let i = 0; i < POSES; i++)
    count(
      ranges.map(({ min, max }) => min + (max - min) * random.uniform()),
      1,
    );
  const names = workspace.capsules.map(({ name }) => name);
  return names.flatMap((first, i) =>
    names
      .slice(i + 1)
      .filter((second) => (counts.get(`${first} at ${second}`) ?? 0) >= USUALLY * POSES)
      .map((second): [string, string] => [first, second]),
  );
}
