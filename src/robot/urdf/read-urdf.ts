import { SoftqdError } from '../../base/errors.ts';
import { XmlReader, type XmlElement } from '../xml/index.ts';
import { readJoint } from './read-joint.ts';
import { readLink } from './read-link.ts';
import type { UrdfJoint, UrdfLink, UrdfRobot } from './urdf-robot.ts';
import { weldJoints } from './weld-joints.ts';

const EXPRESSION = /\$[({]/;

/** Reads a URDF: every joint between links that exist, links and joints a tree. Throws E_ROBOT_FILE with file and line. */
export function readUrdf(outermost: XmlElement): UrdfRobot {
  const robot = new XmlReader(outermost);
  if (robot.element.name !== 'robot') throw robot.complaint('is not a URDF: its outermost element is <robot>');
  refuseXacro(robot.element);
  const links = robot.children('link').map(readLink);
  if (links.length === 0) throw noLinks(robot);
  const names = links.map(({ name }) => name);
  rejectDuplicates(names, 'link', robot);
  const notes: string[] = [];
  const read = robot.children('joint').map((joint) => readJoint(joint, new Set(names), notes));
  rejectDuplicates(
    read.map(({ name }) => name),
    'joint',
    robot,
  );
  rejectWrongLeaders(read, robot);
  const joints = weldJoints(read, notes);
  const jointOfLink = carriers(joints, robot);
  const root = rootOf(names, jointOfLink, robot);
  rejectCycles(names, jointOfLink, robot);
  return {
    name: robot.element.attributes['name'] ?? '',
    root,
    links: new Map<string, UrdfLink>(links.map((link) => [link.name, link])),
    joints: parentsFirst(root, joints),
    jointOfLink,
    notes,
  };
}

function refuseXacro(element: XmlElement): void {
  const refused = (what: string): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${element.file}:${element.line}: <${element.name}> ${what}`, {
      hint: `Expand the xacro first: xacro ${element.file} > out.urdf (ros-xacro, or pip install xacro), then import out.urdf.`,
      values: { file: element.file, line: element.line },
    });
  if (element.name.startsWith('xacro:')) throw refused('is xacro, not URDF: this is a xacro file');
  for (const [key, value] of Object.entries(element.attributes)) {
    if (EXPRESSION.test(value))
      throw refused(`has ${key}="${value.slice(0, 64)}", an expression of an unexpanded xacro file`);
  }
  for (const child of element.children) {
    // Extensions for other programs are not read.
    if (!['gazebo', 'transmission', 'ros2_control'].includes(child.name)) refuseXacro(child);
  }
}

function noLinks(robot: XmlReader): SoftqdError {
  const { file, line } = robot.element;
  return new SoftqdError('E_ROBOT_FILE', `${robot.place}: <robot> contains no links`, {
    hint: 'Expand the top-level xacro file, not a macro file: xacro FILE > out.urdf',
    values: { file, line },
  });
}

/** A joint must follow another one, and in the end one that follows none. */
function rejectWrongLeaders(joints: readonly UrdfJoint[], robot: XmlReader): void {
  const byName = new Map(joints.map((joint) => [joint.name, joint]));
  const refused = ({ name, at }: UrdfJoint, what: string): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${at}: <joint> '${name}' mimics ${what}`, {
      hint: 'Correct the file.',
      values: { file: robot.element.file, joint: name },
    });
  for (const joint of joints) {
    const { name, mimic } = joint;
    if (mimic !== null && (mimic.joint === name || !byName.has(mimic.joint)))
      throw refused(joint, `'${mimic.joint}': no such other joint`);
  }
  for (const joint of joints) {
    const leaders: string[] = [];
    for (let next = joint.mimic; next !== null && !leaders.includes(next.joint); next = byName.get(next.joint)!.mimic)
      leaders.push(next.joint);
    if (leaders.includes(joint.name)) throw refused(joint, `itself: '${leaders.join("', which mimics '")}'`);
  }
}

function carriers(joints: readonly UrdfJoint[], robot: XmlReader): ReadonlyMap<string, UrdfJoint> {
  const jointOfLink = new Map<string, UrdfJoint>();
  for (const joint of joints) {
    const other = jointOfLink.get(joint.child);
    if (other !== undefined)
      throw robot.complaint(`link '${joint.child}' is the child of two joints, '${other.name}' and '${joint.name}'`);
    jointOfLink.set(joint.child, joint);
  }
  return jointOfLink;
}

function rootOf(links: readonly string[], jointOfLink: ReadonlyMap<string, UrdfJoint>, robot: XmlReader): string {
  const roots = links.filter((link) => !jointOfLink.has(link));
  if (roots.length === 1) return roots[0]!;
  throw robot.complaint(
    roots.length === 0
      ? 'has no root link (kinematic loop)'
      : `has ${roots.length} root links (${roots.slice(0, 4).join(', ')}); a URDF must be a single tree`,
  );
}

function parentsFirst(root: string, joints: readonly UrdfJoint[]): UrdfJoint[] {
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

function rejectDuplicates(names: readonly string[], what: string, robot: XmlReader): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw robot.complaint(`has two ${what}s of the name '${name}'`);
    seen.add(name);
  }
}

/** With one root and one joint per link, a link that has no path to the root is in a cycle. */
function rejectCycles(links: readonly string[], jointOfLink: ReadonlyMap<string, UrdfJoint>, robot: XmlReader): void {
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
