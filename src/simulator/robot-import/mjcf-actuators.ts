import { servoGains, type ImportedModel, type JointLoad, type ServoGains } from '../../robot/import/index.ts';
import { servoNode } from '../../robot/urdf/index.ts';
import { node, type XmlElement, type XmlNode } from '../../robot/xml/index.ts';

interface Plan {
  readonly imported: ImportedModel;
  /** Of the joints, for a model without actuators; null: it has some. */
  readonly loads: ReadonlyMap<string, JointLoad> | null;
  readonly notes: string[];
}

/** The model with the planned actuators; what refers to one that is left out is left out, too. */
export function withActuators(root: XmlElement, { imported, loads, notes }: Plan): XmlNode {
  if (loads !== null) {
    notes.push(
      'the model has no actuators: each joint has a position servo with gains from its inertia and load, and where it has no armature one of 5 % of its inertia; the integrator is implicitfast',
    );
    const gains = new Map(
      imported.joints.map((joint) => [joint.name, servoGains(joint, loads.get(joint.name)!, notes)] as const),
    );
    const servos = imported.joints.map((joint) => servoNode(joint, gains.get(joint.name)!));
    const kept = withoutSections(root.children, ['keyframe']).map((section) =>
      withoutIntegrator(withArmature(section, gains)),
    );
    return {
      ...root,
      children: [...kept, node('option', { integrator: 'implicitfast' }), node('actuator', {}, servos)],
    };
  }
  const { actuators: plans } = imported;
  if (plans.every(({ joint, replacement }) => joint !== null && replacement === null)) return root;
  let index = 0;
  const left = new Set<string>();
  const rewrite = (section: XmlElement): XmlNode => ({
    ...section,
    children: section.children.flatMap((actuator): XmlNode[] => {
      const plan = plans[index++]!;
      const { name } = actuator.attributes;
      if (plan.joint === null) {
        if (name !== undefined) left.add(name);
        return [];
      }
      return [plan.replacement === null ? actuator : node('general', { name, ...plan.replacement })];
    }),
  });
  const children = root.children.map((section): XmlNode => (section.name === 'actuator' ? rewrite(section) : section));
  // A keyframe states controls in the units of the actuators that were there.
  return { ...root, children: withoutSections(children, ['keyframe']).map((section) => withoutSensors(section, left)) };
}

function withArmature(element: XmlNode, gains: ReadonlyMap<string, ServoGains>): XmlNode {
  const { name, attributes } = element;
  const armature = name === 'joint' ? gains.get(attributes['name'] ?? '')?.armature : undefined;
  return {
    name,
    attributes: armature === undefined ? attributes : { ...attributes, armature: String(armature) },
    children: element.children.map((child) => withArmature(child, gains)),
  };
}

function withoutIntegrator(section: XmlNode): XmlNode {
  if (section.name !== 'option') return section;
  const attributes = Object.entries(section.attributes).filter(([key]) => key !== 'integrator');
  return { ...section, attributes: Object.fromEntries(attributes) };
}

function withoutSections(children: readonly XmlNode[], names: readonly string[]): XmlNode[] {
  return children.filter(({ name }) => !names.includes(name));
}

function withoutSensors(section: XmlNode, left: ReadonlySet<string>): XmlNode {
  if (section.name !== 'sensor') return section;
  return {
    ...section,
    children: section.children.filter(
      ({ attributes: { actuator, objname } }) => !left.has(actuator ?? '') && !left.has(objname ?? ''),
    ),
  };
}
