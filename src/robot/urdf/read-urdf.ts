import { SoftqdError } from '../../base/errors.ts';
import type { Vector3 } from '../kinematics-spec.ts';
import { UrdfReader } from './urdf-reader.ts';
import { parseXml } from './xml-tree.ts';

const URDF_JOINT_TYPES = ['revolute', 'continuous', 'prismatic', 'fixed', 'floating', 'planar'] as const;
type UrdfJointType = (typeof URDF_JOINT_TYPES)[number];

/** A joint as in the file; null for what the file omits. Meters, radians, N m or N. */
export interface UrdfJoint {
  readonly name: string;
  readonly type: UrdfJointType;
  readonly parent: string;
  readonly child: string;
  readonly originM: Vector3;
  readonly rpyRad: Vector3;
  readonly axis: Vector3;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly maxVelocity: number | null;
  readonly maxEffort: number | null;
  /** The joint that this one follows. */
  readonly mimicOf: string | null;
}

export interface UrdfRobot {
  readonly name: string;
  /** The link that is not the child of a joint. */
  readonly root: string;
  readonly links: readonly string[];
  /** In the order of the file. */
  readonly joints: readonly UrdfJoint[];
  /** The joint that carries a link. */
  readonly jointOfLink: ReadonlyMap<string, UrdfJoint>;
}

/** Reads a URDF: well-formed, every joint between links that exist, links and joints a tree. Throws E_ROBOT_FILE with file and line. */
export function readUrdf(text: string, source: string): UrdfRobot {
  const robot = new UrdfReader(parseXml(text, source), source);
  if (robot.element.name !== 'robot') throw robot.complaint('is not a URDF: its outermost element is <robot>');
  if (robot.element.children.some(({ name }) => name.startsWith('xacro:'))) {
    throw new SoftqdError('E_ROBOT_FILE', `${source}: is a xacro file, not a URDF`, {
      hint: 'Expand it first: xacro FILE > out.urdf',
      values: { file: source },
    });
  }
  const links = robot.children('link').map((link) => link.text('name'));
  rejectDuplicates(links, 'link', robot);
  const joints = robot.children('joint').map((joint) => readJoint(joint, new Set(links)));
  rejectDuplicates(
    joints.map(({ name }) => name),
    'joint',
    robot,
  );
  const jointOfLink = new Map<string, UrdfJoint>();
  for (const joint of joints) {
    const other = jointOfLink.get(joint.child);
    if (other !== undefined)
      throw robot.complaint(`link '${joint.child}' is the child of two joints, '${other.name}' and '${joint.name}'`);
    jointOfLink.set(joint.child, joint);
  }
  const roots = links.filter((link) => !jointOfLink.has(link));
  if (roots.length !== 1) {
    throw robot.complaint(
      roots.length === 0
        ? 'has no root link (kinematic loop)'
        : `has ${roots.length} root links (${roots.slice(0, 4).join(', ')}); a URDF must be a single tree`,
    );
  }
  rejectCycles(links, jointOfLink, robot);
  return { name: robot.element.attributes['name'] ?? '', root: roots[0]!, links, joints, jointOfLink };
}

function readJoint(joint: UrdfReader, links: ReadonlySet<string>): UrdfJoint {
  const name = joint.text('name');
  const stated = joint.text('type');
  const type = URDF_JOINT_TYPES.find((known) => known === stated);
  if (type === undefined)
    throw joint.complaint(`has type '${stated.slice(0, 64)}': must be one of ${URDF_JOINT_TYPES.join(', ')}`);
  const [parent, child] = (['parent', 'child'] as const).map((end) => {
    const link = joint.required(end).text('link');
    if (!links.has(link)) throw joint.complaint(`has ${end} '${link}': no such link`);
    return link;
  });
  const origin = joint.child('origin');
  const limit = joint.child('limit');
  const [lower, upper] = [limit?.number('lower') ?? null, limit?.number('upper') ?? null];
  if ((lower ?? 0) > (upper ?? 0)) throw joint.complaint(`has lower ${lower ?? 0} above upper ${upper ?? 0}`);
  return {
    name,
    type,
    parent: parent!,
    child: child!,
    originM: origin?.vector('xyz', [0, 0, 0]) ?? [0, 0, 0],
    rpyRad: origin?.vector('rpy', [0, 0, 0]) ?? [0, 0, 0],
    axis: joint.child('axis')?.vector('xyz', [1, 0, 0]) ?? [1, 0, 0],
    lower,
    upper,
    maxVelocity: limit?.number('velocity') ?? null,
    maxEffort: limit?.number('effort') ?? null,
    mimicOf: joint.child('mimic')?.text('joint') ?? null,
  };
}

function rejectDuplicates(names: readonly string[], what: string, robot: UrdfReader): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw robot.complaint(`has two ${what}s of the name '${name}'`);
    seen.add(name);
  }
}

/** With one root and one joint per link, a link that has no path to the root is in a cycle. */
function rejectCycles(links: readonly string[], jointOfLink: ReadonlyMap<string, UrdfJoint>, robot: UrdfReader): void {
  const grounded = new Set<string>();
  for (const link of links) {
    const path: string[] = [];
    let at: string | undefined = link;
    while (at !== undefined && !grounded.has(at)) {
      if (path.length > links.length) throw robot.complaint(`has link '${link}' in a circle of joints`);
      path.push(at);
      at = jointOfLink.get(at)?.parent;
    }
    for (const passed of path) grounded.add(passed);
  }
}
