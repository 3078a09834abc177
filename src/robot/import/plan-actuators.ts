import type { CommandMode } from '../robot-spec.ts';
import type { ModelActuator, ModelDescription } from './model-description.ts';

/** What becomes of an actuator: it stays, or one with gear 1 takes its place whose control is in the joint's unit, or it is left out. */
export interface ActuatorPlan {
  /** The joint that it drives; null: it is left out. */
  readonly joint: string | null;
  readonly commandMode: CommandMode;
  /** In the joint's unit: rad, m, rad/s, m/s, N m or N. */
  readonly controlRange: readonly [number, number] | null;
  /** Of the target of an integrator, rad/s or m/s; null: not limited. */
  readonly speedRange: readonly [number, number] | null;
  /** At the joint, N m or N. */
  readonly effortRange: readonly [number, number] | null;
  /** Attributes of a `<general>` with gear 1 that takes its place; null: it stays as it is. */
  readonly replacement: Readonly<Record<string, string | number | readonly number[] | undefined>> | null;
}

const LEFT_OUT: ActuatorPlan = {
  joint: null,
  commandMode: 'effort',
  controlRange: null,
  speedRange: null,
  effortRange: null,
  replacement: null,
};
const SAME = 1e-9;

/** The plan of each actuator of a model; a note says what is changed or left out. Pure. */
export function planActuators({ bodies, actuators }: ModelDescription, notes: string[]): readonly ActuatorPlan[] {
  const kinds = new Map(bodies.flatMap(({ joints }) => joints.map(({ name, kind }) => [name, kind] as const)));
  const taken = new Set<string>();
  return actuators.map((actuator) => {
    const { joint, law } = actuator;
    const called = `actuator ${actuator.name || 'without a name'}`;
    const leaveOut = (why: string): ActuatorPlan => {
      notes.push(`${called} is left out: ${why}`);
      return LEFT_OUT;
    };
    const kind = joint === null ? undefined : kinds.get(joint);
    if (joint === null || (kind !== 'revolute' && kind !== 'prismatic'))
      return leaveOut('it does not act on one hinge or slide');
    if (law === null || law.gain === 0 || actuator.gear === 0)
      return leaveOut('it is no motor, position or velocity servo');
    if (taken.has(joint)) return leaveOut(`joint ${joint} has another one`);
    const plan = planServo({ ...actuator, law, joint });
    if (plan === null) return leaveOut('it is no motor, position or velocity servo');
    taken.add(joint);
    if (plan.replacement !== null) notes.push(`${called}: ${reasonOf(actuator, joint)}`);
    return plan;
  });
}

function reasonOf({ dynamics }: ModelActuator, joint: string): string {
  if (dynamics === 'integrator')
    return `it integrates its control into the position of joint ${joint}; a position servo of the same gains and limits takes its place`;
  if (dynamics === 'filter')
    return `it acts on joint ${joint} through a filter; an equal one without the filter, with gear 1, takes its place`;
  return `its control is not in the unit of joint ${joint}; an equal one with gear 1 takes its place`;
}

type Servo = ModelActuator & { readonly law: NonNullable<ModelActuator['law']>; readonly joint: string };
type Range = readonly [number, number];

/**
 * With q the joint: effort = gear · (gain · u + constant + position · gear · q + velocity · gear · q'). In the joint's unit the control is
 * that of which the effort is 0: the position or velocity where it rests, or the effort itself. An integrator makes u of its control; a
 * filter makes it follow.
 */
function planServo(servo: Servo): ActuatorPlan | null {
  const { joint, gear, law, dynamics, controlRange, stateRange, forceRange } = servo;
  const stiffness = -law.position * gear * gear;
  const damping = -law.velocity * gear * gear;
  const commandMode: CommandMode = stiffness > 0 ? 'position' : damping > 0 ? 'velocity' : 'effort';
  if (stiffness < 0 || damping < 0 || dynamics === 'other') return null;
  const integrates = dynamics === 'integrator';
  if (integrates && commandMode !== 'position') return null;
  const divisor = commandMode === 'position' ? stiffness : commandMode === 'velocity' ? damping : 1;
  const scale = (gear * law.gain) / divisor;
  const offset = (gear * law.constant) / divisor;
  const inUnit = Math.abs(scale - 1) < SAME && Math.abs(offset) < SAME && Math.abs(gear - 1) < SAME;
  const stays = inUnit && dynamics === 'none' && servo.isDirect;
  const converted = scaled(integrates ? stateRange : controlRange, scale, offset);
  const force = scaled(forceRange, gear, 0);
  return {
    joint,
    commandMode,
    controlRange: converted,
    speedRange: integrates ? scaled(controlRange, scale, 0) : null,
    effortRange: force,
    replacement: stays
      ? null
      : {
          joint,
          // Everything is stated: the model's defaults apply to it, too.
          gear: [1, 0, 0, 0, 0, 0],
          dyntype: 'none',
          gaintype: 'fixed',
          gainprm: divisor,
          biastype: commandMode === 'effort' ? 'none' : 'affine',
          biasprm: [0, 0 - stiffness, 0 - damping],
          ctrllimited: String(converted !== null),
          ctrlrange: converted ?? undefined,
          forcelimited: String(force !== null),
          forcerange: force ?? undefined,
          actlimited: 'false',
        },
  };
}

function scaled(range: Range | null, scale: number, offset: number): Range | null {
  if (range === null) return null;
  const [first, second] = [scale * range[0] + offset, scale * range[1] + offset];
  return [Math.min(first, second), Math.max(first, second)];
}
