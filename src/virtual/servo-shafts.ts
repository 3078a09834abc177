import type { Random } from '../base/random.ts';
import type { JointSpec, RobotSpec } from '../robot/robot-spec.ts';
import type { ServoSpec } from '../robot/servo-bus-spec.ts';
import type { Mechanics } from './mechanics.ts';
import type { JointDrive, ShaftDrive, ShaftState, VirtualServoSpec } from './port.ts';

const STEPS_PER_TURN = 4096;
const LAST_STEP = STEPS_PER_TURN - 1;
/** Max offset of a horn from the middle before calibration. */
const MOUNTING_STEPS = 600;
/** Of a joint whose model has no position loop: full torque at a twelfth of a turn. */
const DEFAULT_STIFFNESS = 12;
const DEFAULT_DAMPING = 1;

/** How the horn of one servo is mounted on its joint. */
interface HornMounting {
  readonly spec: ServoSpec;
  readonly limits: { readonly minimumSteps: number; readonly maximumSteps: number };
  readonly middleRadOrM: number;
  /** Encoder steps when the joint is in the middle of its range. */
  readonly middleSteps: number;
}

/** Converts joints in the units of the robot to servo horns in turns, and back. */
export class ServoShafts {
  /** Standard deviation of encoder noise, in steps. */
  noiseSteps = 0;
  private readonly mountings: readonly HornMounting[];
  private readonly mechanics: Mechanics;
  private readonly random: Random;
  private readonly calibrated: boolean;

  /** Calibrated: every joint's middle is step 2048 (of its range, if that ends at 0 or 4095). Otherwise the horns are up to 600 steps off. */
  constructor(robot: RobotSpec, mechanics: Mechanics, options: { calibrated: boolean; random: Random }) {
    const { calibrated, random } = options;
    this.mechanics = mechanics;
    this.random = random;
    this.calibrated = calibrated;
    const mounting = random.fork('mounting');
    this.mountings = (robot.servoBus?.servos ?? []).map((spec, i) => {
      const joint = robot.joints[i]!;
      const limits = stepLimits(joint, spec);
      const middle = (limits.minimumSteps + limits.maximumSteps) / 2;
      const beside = calibrated ? 0 : mounting.integer(2 * MOUNTING_STEPS + 1) - MOUNTING_STEPS;
      return { spec, limits, middleRadOrM: middleOf(joint), middleSteps: middle + beside };
    });
  }

  specs(baudRate: number): readonly VirtualServoSpec[] {
    const shafts = this.shafts();
    return this.mountings.map(({ spec, limits }, i) => {
      const { stiffness, damping, stallEffortNmOrN } = this.mechanics.motors[i]!;
      const perTurn = spec.travelPerTurnRadOrM / stallEffortNmOrN;
      return {
        id: spec.id,
        modelNumber: spec.modelNumber,
        baudRate,
        registers: spec.registers,
        calibrated: this.calibrated ? limits : null,
        stiffnessPerTurn: stiffness > 0 ? stiffness * perTurn : DEFAULT_STIFFNESS,
        dampingPerTurnPerS: stiffness > 0 ? damping * perTurn : DEFAULT_DAMPING,
        shaft: shafts[i]!,
      };
    });
  }

  /** Positions of the horns, including noise. */
  shafts(): readonly ShaftState[] {
    const { positions, velocities } = this.mechanics;
    return this.mountings.map(({ spec, middleRadOrM, middleSteps }, i) => {
      const turns = (spec.direction * (positions[i]! - middleRadOrM)) / spec.travelPerTurnRadOrM;
      const noise = this.noiseSteps === 0 ? 0 : this.noiseSteps * this.random.normal();
      return {
        turns: turns + (middleSteps + noise) / STEPS_PER_TURN,
        turnsPerS: (spec.direction * velocities[i]!) / spec.travelPerTurnRadOrM,
      };
    });
  }

  /** Converts the drives of the servos to efforts of the joints. */
  drives(drives: readonly ShaftDrive[]): readonly JointDrive[] {
    return drives.map((drive, i) => {
      if (drive.kind !== 'torque') return drive;
      const { direction } = this.mountings[i]!.spec;
      return { kind: 'effort', effortNmOrN: direction * drive.fraction * this.mechanics.motors[i]!.stallEffortNmOrN };
    });
  }
}

function middleOf({ limits }: JointSpec): number {
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = limits;
  return Number.isFinite(low + high) ? (low + high) / 2 : 0;
}

/** The range of the joint around step 2048, within one turn. */
function stepLimits(
  { limits }: JointSpec,
  spec: ServoSpec,
): { readonly minimumSteps: number; readonly maximumSteps: number } {
  const { minPositionRadOrM: low = -Infinity, maxPositionRadOrM: high = Infinity } = limits;
  const half = ((high - low) / 2 / spec.travelPerTurnRadOrM) * STEPS_PER_TURN;
  return {
    minimumSteps: Math.max(0, Math.round(STEPS_PER_TURN / 2 - half)),
    maximumSteps: Math.min(LAST_STEP, Math.round(STEPS_PER_TURN / 2 + half)),
  };
}
