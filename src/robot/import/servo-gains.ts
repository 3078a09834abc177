import type { JointSpec } from '../robot-spec.ts';

/** What a joint carries, the largest value over many poses of a model. */
export interface JointLoad {
  /** kg m² or kg. */
  readonly inertia: number;
  /** Of gravity and dry friction, N m or N. */
  readonly effort: number;
  /** Of the rotor, as the model states it, in the inertia; kg m² or kg. */
  readonly armature: number;
}

/** A position servo: effort = stiffness · (target - position) - damping · velocity; a velocity servo: damping · (target - velocity). */
export interface ServoGains {
  /** N m/rad or N/m. */
  readonly stiffness: number;
  /** N m s/rad or N s/m. */
  readonly damping: number;
  /** Inertia of the rotor, kg m² or kg: as the model states it, else 5 % of what the joint carries. */
  readonly armature: number;
  /** N m or N; null: not limited. */
  readonly maxEffort: number | null;
}

/** A servo follows its target with a delay of twice its inverse: 67 ms. */
const FREQUENCY_RAD_PER_S = 30;
/** The largest load moves a joint by this much from its target. */
const SAG_RAD = 0.02;
const SAG_M = 0.002;
const ARMATURE_OF_INERTIA = 0.05;
const MIN_INERTIA = 1e-6;
/** An effort limit below this much of the largest load is a placeholder: it would not carry the robot. */
const MIN_EFFORT_OF_LOAD = 1.1;

/**
 * Gains of a servo for a joint, critically damped at the largest inertia: stiff enough for 30 rad/s and for a sag of 0.02 rad (2 mm) under
 * the largest load. A note says when the effort limit is not simulated.
 */
export function servoGains({ name, kind, limits }: JointSpec, load: JointLoad, notes: string[]): ServoGains {
  const isStated = load.armature > 0;
  const armature = isStated ? load.armature : Math.max(MIN_INERTIA, ARMATURE_OF_INERTIA * load.inertia);
  const inertia = load.inertia + (isStated ? 0 : armature);
  const sag = kind === 'revolute' ? SAG_RAD : SAG_M;
  const stiffness = Math.max(inertia * FREQUENCY_RAD_PER_S ** 2, load.effort / sag);
  const { maxEffortNmOrN = null } = limits;
  const carries = maxEffortNmOrN === null || maxEffortNmOrN >= MIN_EFFORT_OF_LOAD * load.effort;
  if (!carries) {
    const unit = kind === 'revolute' ? 'N m' : 'N';
    notes.push(
      `joint ${name}: its effort limit of ${maxEffortNmOrN} ${unit} does not carry the robot in every pose (up to ${load.effort.toPrecision(3)} ${unit}); it is not simulated: check limits and masses`,
    );
  }
  return {
    stiffness: rounded(stiffness),
    damping: rounded(2 * Math.sqrt(stiffness * inertia)),
    armature: rounded(armature),
    maxEffort: carries ? maxEffortNmOrN : null,
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
