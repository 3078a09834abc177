import { SoftqdError } from '../../base/errors.ts';
import type { CommandMode, JointSpec } from '../robot-spec.ts';
import type { ModelJoint } from './model-description.ts';
import type { ActuatorPlan } from './plan-actuators.ts';

type Range = readonly [number, number];

interface Report {
  /** The name of the imported file. */
  readonly source: string;
  readonly notes: string[];
}

/**
 * A joint of a robot file from a joint of a model and what drives it (null: a servo without limits of its own): of ranges the part that all
 * have, of asymmetric ones of velocity or effort the smaller side; notes say so. Throws E_ROBOT_FILE, with the file and the joint, where
 * that leaves nothing.
 */
export function jointOfModel(joint: ModelJoint, plan: ActuatorPlan | null, { source, notes }: Report): JointSpec {
  const { name } = joint;
  const commandMode: CommandMode = plan?.commandMode ?? 'position';
  const report = { name, source, notes };
  const control = plan?.controlRange ?? null;
  const speed = commandMode === 'velocity' ? control : (plan?.speedRange ?? null);
  const limits = {
    ...positionLimits(joint, commandMode === 'position' ? control : null, report),
    ...magnitude('maxVelocityRadOrMPerS', speed === null ? [] : [speed], commandMode === 'velocity', report),
    ...magnitude(
      'maxEffortNmOrN',
      [joint.effortRange, plan?.effortRange ?? null, commandMode === 'effort' ? control : null].filter(
        (range) => range !== null,
      ),
      commandMode === 'effort',
      report,
    ),
  };
  if (limits.maxEffortNmOrN === undefined) notes.push(`joint ${name}: no effort limit; set maxEffortNmOrN`);
  return {
    name,
    kind: joint.kind === 'prismatic' ? 'prismatic' : 'revolute',
    commandMode,
    limits,
    stopMode: commandMode === 'effort' ? 'damp' : 'hold',
  };
}

type Named = Report & { readonly name: string };

function positionLimits(
  { range }: ModelJoint,
  control: Range | null,
  { name, source, notes }: Named,
): JointSpec['limits'] {
  if (range === null && control === null) {
    notes.push(`joint ${name}: no position limits; hardware needs minPositionRadOrM and maxPositionRadOrM`);
    return {};
  }
  const low = Math.max(range?.[0] ?? -Infinity, control?.[0] ?? -Infinity);
  const high = Math.min(range?.[1] ?? Infinity, control?.[1] ?? Infinity);
  if (low >= high)
    throw refused(
      `${source}: joint '${name}' ranges over ${range?.join(' to ') ?? '-'}, the targets of its actuator over ${control?.join(' to ') ?? '-'}: no position is in both`,
      { source, joint: name },
    );
  if (range !== null && control !== null && !sameRange(range, control))
    notes.push(`joint ${name}: range ${low} to ${high}, the narrower of joint and actuator`);
  return { minPositionRadOrM: low, maxPositionRadOrM: high };
}

/** The largest size that all ranges allow in both directions. One for one direction only limits nothing, unless it is that of the commands. */
function magnitude(
  limit: 'maxVelocityRadOrMPerS' | 'maxEffortNmOrN',
  ranges: readonly Range[],
  isCommand: boolean,
  { name, source, notes }: Named,
): JointSpec['limits'] {
  if (ranges.length === 0) return {};
  const what = limit === 'maxEffortNmOrN' ? 'effort' : 'velocity';
  const low = Math.max(...ranges.map((range) => range[0]));
  const high = Math.min(...ranges.map((range) => range[1]));
  const both = Math.min(-low, high);
  if (both > 0) {
    if (!sameRange([low, high], [-both, both]))
      notes.push(`joint ${name}: ${limit} is ${both}: its ${what} ranges over ${low} to ${high}`);
    return { [limit]: both };
  }
  const oneWay = `ranges over ${low} to ${high}: not in both directions`;
  if (isCommand)
    throw refused(
      `${source}: the ${what} that the actuator of joint '${name}' takes ${oneWay}, as a robot file limits it`,
      {
        source,
        joint: name,
      },
    );
  notes.push(`joint ${name}: its ${what} ${oneWay}; ${limit} is not set`);
  return {};
}

function refused(message: string, { source, joint }: { readonly source: string; readonly joint: string }): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', message, {
    hint: 'Give the actuator a range (ctrlrange, forcerange) in both directions and inside that of its joint.',
    values: { file: source, joint },
  });
}

const sameRange = (a: Range, b: Range): boolean => a.every((value, i) => Math.abs(value - b[i]!) < 1e-9);
