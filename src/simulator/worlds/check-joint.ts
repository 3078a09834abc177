import type { MainModule, MjModel } from '@mujoco/mujoco';
import { SoftqdError } from '../../base/errors.ts';
import { dynamicsOf } from '../model/describe-model.ts';
import type { CommandMode, JointSpec, RobotSpec } from '../../robot/robot-spec.ts';

/** A joint of a model and its actuator, as far as a robot file states the same. */
interface ModelJoint {
  readonly actuatorName: string;
  readonly commandMode: CommandMode | 'integrator' | 'filter' | 'another law';
  readonly gear: number;
  /** The coordinate at which the actuator rests for a target of 1, or its effort for a command of 1, without the gear. */
  readonly scale: number;
  readonly range: readonly [number, number] | null;
  readonly controlRange: readonly [number, number] | null;
}

/** Numbers in a robot file are rounded. */
const ROUNDING = 1e-3;

export function modelJoint(mujoco: MainModule, model: MjModel, jointId: number, actuatorId: number): ModelJoint {
  const joint = model.jnt(jointId);
  const actuator = model.actuator(actuatorId);
  const gain = actuator.gainprm as Float64Array;
  const bias = actuator.biasprm as Float64Array;
  const isFixed = actuator.gaintype === mujoco.mjtGain.mjGAIN_FIXED.value;
  const biasType: unknown = actuator.biastype;
  const isAffine = biasType === mujoco.mjtBias.mjBIAS_AFFINE.value;
  const isPlain = isFixed && (isAffine || biasType === mujoco.mjtBias.mjBIAS_NONE.value);
  const [stiffness, damping] = isAffine ? [-bias[1]!, -bias[2]!] : [0, 0];
  const mode = stiffness > 0 ? 'position' : damping > 0 ? 'velocity' : 'effort';
  const dynamics = dynamicsOf(mujoco, actuator.dyntype);
  const divisor = mode === 'position' ? stiffness : mode === 'velocity' ? damping : 1;
  const rangeOf = (range: unknown): readonly [number, number] => [
    (range as Float64Array)[0]!,
    (range as Float64Array)[1]!,
  ];
  return {
    actuatorName: actuator.name,
    commandMode: !isPlain || dynamics === 'other' ? 'another law' : dynamics === 'none' ? mode : dynamics,
    gear: (actuator.gear as Float64Array)[0]!,
    scale: gain[0]! / divisor,
    range: joint.limited === true ? rangeOf(joint.range) : null,
    controlRange: actuator.ctrllimited === true ? rangeOf(actuator.ctrlrange) : null,
  };
}

/**
 * Throws E_ROBOT_FILE, with the values of both, when the robot file states another kind of command than the model's actuator takes, a target
 * would not act in the joint's unit (gear, gain), or the model ends within the limits of the robot file.
 */
export function checkJoint(robot: RobotSpec, joint: JointSpec, model: ModelJoint): void {
  const { commandMode, limits } = joint;
  const called = `joint '${joint.name}'`;
  const actuator = model.actuatorName === '' ? 'its actuator, without a name,' : `actuator '${model.actuatorName}'`;
  const differs = (what: string, stated: string | number, found: string | number): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${robot.name}: ${what}`, {
      hint: 'Make the robot file and the model state the same.',
      values: { robot: robot.name, joint: joint.name, actuator: model.actuatorName, robotFile: stated, model: found },
    });
  const found = model.commandMode;
  if (model.commandMode !== commandMode)
    throw differs(
      `${called} has commandMode ${commandMode} in the robot file, ${kindText(found)} (${actuator}) in the model`,
      commandMode,
      found,
    );
  // A simulated robot may state its efforts in the unit of its motors.
  const scale = commandMode === 'effort' ? model.scale * model.gear : model.scale / model.gear;
  if ((commandMode !== 'effort' || robot.kind === 'hardware') && Math.abs(scale - 1) > ROUNDING) {
    const what = `a ${commandMode} command of 1 to ${called} acts as ${scale}: ${actuator} has gear ${model.gear} and gain ${model.scale}`;
    throw differs(`${what}; both must be 1 for a robot file in the joint's unit`, 1, scale);
  }
  const { minPositionRadOrM: low = null, maxPositionRadOrM: high = null } = limits;
  const positions = commandMode === 'position' ? model.controlRange : null;
  for (const [name, range] of [
    ['joint', model.range],
    [actuator, positions],
  ] as const) {
    if (range === null || !((low ?? Infinity) < range[0] - ROUNDING || (high ?? -Infinity) > range[1] + ROUNDING))
      continue;
    const [stated, inModel] = [`${low ?? '-'} to ${high ?? '-'}`, range.join(' to ')];
    throw differs(
      `${called} ranges over ${stated} in the robot file, ${name} of the model only over ${inModel}`,
      stated,
      inModel,
    );
  }
  checkMagnitude(joint, model, (stated, inModel) =>
    differs(
      `${called} has a limit of ${stated} in the robot file, ${actuator} of the model takes only ${inModel}`,
      stated,
      inModel,
    ),
  );
}

/** The limit of velocity or effort commands against the range of the actuator. */
function checkMagnitude(
  { commandMode, limits }: JointSpec,
  { controlRange }: ModelJoint,
  differs: (stated: number, found: string) => SoftqdError,
): void {
  if (controlRange === null || commandMode === 'position') return;
  const stated = commandMode === 'velocity' ? limits.maxVelocityRadOrMPerS : limits.maxEffortNmOrN;
  if (stated === undefined) return;
  const smaller = Math.min(-controlRange[0], controlRange[1]);
  if (stated > smaller * (1 + ROUNDING)) throw differs(stated, controlRange.join(' to '));
}

function kindText(mode: ModelJoint['commandMode']): string {
  if (mode === 'effort') return 'a motor (effort)';
  if (mode === 'integrator') return 'an actuator that integrates its control';
  if (mode === 'filter') return 'an actuator that acts through a filter';
  return mode === 'another law' ? 'an actuator that is no motor, position or velocity servo' : `a ${mode} servo`;
}
