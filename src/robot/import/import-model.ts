import { SoftqdError } from '../../base/errors.ts';
import { ROBOT_SIZE_LIMITS } from '../bounds.ts';
import { chooseTip, type TreeLink } from './choose-tip.ts';
import type { ImportedRobot } from './imported-robot.ts';
import { jointOfModel } from './joint-of-model.ts';
import type { ModelDescription, ModelJoint } from './model-description.ts';
import { chainTo, modelFrames } from './model-frames.ts';
import { planActuators, type ActuatorPlan } from './plan-actuators.ts';

/** A robot from a compiled model, and what becomes of the model's actuators. */
export interface ImportedModel extends ImportedRobot {
  /** In the order of the model's actuators. */
  readonly actuators: readonly ActuatorPlan[];
  /** The model has no actuators: every joint gets a position servo. */
  readonly servosNeeded: boolean;
}

/**
 * Joints with an actuator of their own, in the order of the model, with the limits that it states, and the chain to `tip` (a site or body).
 * A model without actuators is driven at every hinge and slide. Throws E_ROBOT_FILE when nothing can be driven or there are too many joints,
 * E_USAGE for a tip that is neither site nor body.
 */
export function importModel(model: ModelDescription, source: string, tip?: string): ImportedModel {
  const notes: string[] = [];
  const plans = planActuators(model, notes);
  const servosNeeded = model.actuators.length === 0;
  const all = model.bodies.flatMap(({ joints }) => joints);
  const modes = new Map(plans.flatMap((plan) => (plan.joint === null ? [] : [[plan.joint, plan] as const])));
  const driven = all.filter(({ name, kind }) =>
    servosNeeded ? kind === 'revolute' || kind === 'prismatic' : modes.has(name),
  );
  if (driven.length === 0) throw refused(source, 'has no joint that an actuator drives', source);
  if (driven.length > ROBOT_SIZE_LIMITS.joints)
    throw refused(source, `drives ${driven.length} joints; at most ${ROBOT_SIZE_LIMITS.joints}`, source);
  noteOthers(all, driven, notes);
  const joints = driven.map((joint) => jointOfModel(joint, modes.get(joint.name) ?? null, { source, notes }));
  if (joints.some(({ limits }) => limits.maxVelocityRadOrMPerS === undefined))
    notes.push('MJCF states no velocity limits; hardware needs maxVelocityRadOrMPerS');
  const frames = modelFrames(model, new Set(driven.map(({ name }) => name)));
  const floating = all.some(({ kind }) => kind === 'free');
  const chosen = tipOf(model, frames, { tip, floating, notes });
  return {
    joints,
    kinematics: chosen === null ? null : chainTo(frames, chosen.body, chosen.atM),
    tip: chosen?.name ?? null,
    notes,
    actuators: plans,
    servosNeeded,
  };
}

function refused(source: string, what: string, file: string): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${source}: the model ${what}`, {
    hint: 'Correct the MJCF file.',
    values: { file },
  });
}

function noteOthers(all: readonly ModelJoint[], driven: readonly ModelJoint[], notes: string[]): void {
  const others = all.filter((joint) => !driven.includes(joint));
  const named = (kinds: readonly ModelJoint['kind'][]): string[] =>
    others.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name || 'unnamed');
  const passive = named(['revolute', 'prismatic', 'ball']);
  if (passive.length > 0)
    notes.push(`no actuator drives ${passive.slice(0, 16).join(', ')}: they move freely, or with another joint`);
  if (named(['free']).length > 0) notes.push('the base floats: no tip, and so no task reach');
}

interface TipPoint {
  readonly name: string;
  readonly body: number;
  readonly atM: readonly [number, number, number];
}

function tipOf(
  { bodies, sites }: ModelDescription,
  frames: ReturnType<typeof modelFrames>,
  { tip, floating, notes }: { readonly tip: string | undefined; readonly floating: boolean; readonly notes: string[] },
): TipPoint | null {
  const points: TipPoint[] = [
    ...sites.map(({ name, body, atM }) => ({ name, body, atM: [...atM] as unknown as TipPoint['atM'] })),
    ...bodies.map(({ name }, body): TipPoint => ({ name, body, atM: [0, 0, 0] })),
  ].filter(({ name }) => name !== '');
  if (tip !== undefined) {
    const point = points.find(({ name }) => name === tip);
    if (point === undefined) throw usage(tip, 'no such site or body', points);
    if (frames.bodies[point.body]!.joint === null) throw usage(tip, 'not moved by any joint', points);
    if (!frames.bodies[point.body]!.placed) throw usage(tip, 'a joint that no actuator drives is before it', points);
    return point;
  }
  if (floating) return null;
  const chosen = chooseTip(treeOf(bodies, points, frames));
  if (chosen === null) {
    notes.push(
      `no kinematics: pass --tip with a site or body (${points
        .slice(-16)
        .map(({ name }) => name)
        .join(', ')})`,
    );
    return null;
  }
  if (chosen.tip === null) {
    notes.push(
      `no tip: a joint that no actuator drives is before ${chosen.unplaced}; pass --tip with a site or body before it`,
    );
    return null;
  }
  if (chosen.reason !== null) notes.push(`the tip is ${chosen.tip}, ${chosen.reason}; pass --tip for another`);
  return points.find(({ name }) => name === chosen.tip) ?? null;
}

/** Bodies by their names (unnamed ones by their index), sites below their bodies. */
function treeOf(
  bodies: ModelDescription['bodies'],
  points: readonly TipPoint[],
  frames: ReturnType<typeof modelFrames>,
): TreeLink[] {
  const driven = new Set(frames.links.map(({ joint }) => joint));
  const nameOf = (i: number): string => bodies[i]!.name || `body ${i}`;
  const links = bodies.map((body, i): TreeLink => ({
    name: nameOf(i),
    parent: i === 0 ? null : nameOf(body.parent),
    joints: body.joints.filter(({ name }) => driven.has(name)).length,
    placed: frames.bodies[i]!.placed && body.name !== '',
  }));
  const taken = new Set(links.map(({ name }) => name));
  const sites = points.filter(({ name }) => !taken.has(name));
  return [
    ...links,
    ...sites.map(({ name, body }): TreeLink => ({
      ...{ name, parent: nameOf(body), joints: 0 },
      placed: frames.bodies[body]!.placed,
    })),
  ];
}

function usage(tip: string, what: string, points: readonly TipPoint[]): SoftqdError {
  const known = points.slice(0, 64).map(({ name }) => name);
  return new SoftqdError('E_USAGE', `--tip ${tip}: ${what}; sites and bodies: ${known.join(', ')}`, {
    values: { tip, known },
  });
}
