import type { JointSpec } from './robot-spec.ts';
import { parseDirection, parseVector } from './parse-vector.ts';
import { StrictObject, type Location } from './strict-object.ts';
import type { BranchSpec, CapsuleSpec, WorkspaceSpec } from './workspace-spec.ts';

const MAX_ELEMENTS = 64;
const MAX_M = 100;
const MAX_ROTATION_RAD = 2 * Math.PI;
/** The link that no joint moves. */
const BASE = 'base';

/** The `robot.safety.workspace` object of a robot.json5. Throws E_ROBOT_FILE. */
export function parseWorkspace(json: unknown, place: Location, joints: readonly JointSpec[]): WorkspaceSpec {
  const keys = ['planes', 'boxes', 'points', 'capsules', 'branches', 'ignoredPairs'];
  const workspace = new StrictObject(json, keys, place);
  const links = [BASE, ...joints.map(({ name }) => name)];
  const each = <T>(key: string, parse: (element: unknown, at: Location) => T): T[] =>
    workspace.has(key)
      ? workspace.list(key, 0, MAX_ELEMENTS).map(({ element, location }) => parse(element, location))
      : [];
  const capsules = each('capsules', (element, at) => parseCapsule(element, at, links));
  return {
    planes: each('planes', parsePlane),
    boxes: each('boxes', parseBox),
    points: each('points', (element, at) => {
      const point = new StrictObject(element, ['name', 'link', 'atM'], at);
      return { name: point.text('name'), link: point.choice('link', links), atM: parseVector(point, 'atM', MAX_M) };
    }),
    capsules,
    branches: each('branches', (element, at) => parseBranch(element, at, links)),
    ignoredPairs: each('ignoredPairs', (element, at) => parsePair(element, at, capsules)),
  };
}

function parsePlane(json: unknown, place: Location): WorkspaceSpec['planes'][number] {
  const plane = new StrictObject(json, ['name', 'normal', 'offsetM'], place);
  return {
    name: plane.text('name'),
    normal: parseDirection(plane, 'normal', MAX_M),
    offsetM: plane.number('offsetM', -MAX_M, MAX_M),
  };
}

function parseBox(json: unknown, place: Location): WorkspaceSpec['boxes'][number] {
  const box = new StrictObject(json, ['name', 'minM', 'maxM'], place);
  const minM = parseVector(box, 'minM', MAX_M);
  const maxM = parseVector(box, 'maxM', MAX_M);
  if (minM.some((low, i) => low >= maxM[i]!)) throw box.error('must be less than maxM in x, y and z', 'minM');
  return { name: box.text('name'), minM, maxM };
}

function parseCapsule(json: unknown, place: Location, links: readonly string[]): CapsuleSpec {
  const capsule = new StrictObject(json, ['name', 'link', 'fromM', 'toM', 'radiusM'], place);
  return {
    name: capsule.text('name'),
    link: capsule.choice('link', links),
    fromM: parseVector(capsule, 'fromM', MAX_M),
    toM: parseVector(capsule, 'toM', MAX_M),
    radiusM: capsule.number('radiusM', 0, MAX_M),
  };
}

function parseBranch(json: unknown, place: Location, links: readonly string[]): BranchSpec {
  const branch = new StrictObject(json, ['joint', 'parent', 'originM', 'rpyRad', 'axis'], place);
  return {
    joint: branch.choice('joint', links.slice(1)),
    parent: branch.choice('parent', links),
    originM: parseVector(branch, 'originM', MAX_M),
    rpyRad: branch.has('rpyRad') ? parseVector(branch, 'rpyRad', MAX_ROTATION_RAD) : [0, 0, 0],
    axis: parseDirection(branch, 'axis', MAX_M),
  };
}

function parsePair(json: unknown, place: Location, capsules: readonly CapsuleSpec[]): readonly [string, string] {
  const pair = new StrictObject({ names: json }, ['names'], place);
  const known = capsules.map(({ name }) => name);
  const [first, second] = pair.list('names', 2, 2).map(({ element }) => {
    if (typeof element === 'string' && known.includes(element)) return element;
    throw pair.error(`names ${JSON.stringify(element)}: capsules are ${known.join(', ')}`);
  });
  return [first!, second!];
}
