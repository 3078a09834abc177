import type { HealthSpec } from './health-spec.ts';
import type { KinematicsSpec } from './kinematics-spec.ts';
import type { SafetySpec } from './safety-spec.ts';
import type { ServoBusSpec } from './servo-bus-spec.ts';

export type CommandMode = 'position' | 'velocity' | 'effort';

/** What a joint does when the control loop stops: hold its position, damp its motion, or turn off torque. */
export type StopMode = 'hold' | 'damp' | 'torque-off';

/**
 * The limits of one joint in the robot file; an omitted limit is absent and clips nothing.
 * Units: radians for a revolute joint, meters for a prismatic one; N m or N for effort.
 */
export interface JointLimits {
  readonly minPositionRadOrM?: number;
  readonly maxPositionRadOrM?: number;
  readonly maxVelocityRadOrMPerS?: number;
  readonly maxAccelerationRadOrMPerS2?: number;
  /** Position joints: largest distance of a command from the measured joint. */
  readonly maxCommandDistanceRadOrM?: number;
  readonly maxEffortNmOrN?: number;
  /** Largest change of an effort command per second. */
  readonly maxEffortRateNmOrNPerS?: number;
}

/** An actuated joint; joints are in command order. */
export interface JointSpec {
  readonly name: string;
  readonly kind: 'revolute' | 'prismatic';
  readonly commandMode: CommandMode;
  readonly limits: JointLimits;
  readonly stopMode: StopMode;
}

/** A named vector in addition to the joints: torso pose, contact forces, fingertip. */
export interface SensorSpec {
  readonly name: string;
  readonly size: number;
  readonly unit: string;
  /** The name of each value, e.g. the coordinate; absent: the values have no names. */
  readonly elements?: readonly string[];
  /** Its source in a MuJoCo world: `qpos`, `qvel`, `site:NAME`, `body:NAME`, `cfrc_ext`, `qfrc_constraint`. */
  readonly source?: string;
}

/** What happens after a stop, beside each joint's stop mode. */
export interface StopSpec {
  /** How long joints with stop mode `hold` hold, s. */
  readonly holdS: number;
  /** What they do then; `hold` holds without a limit. */
  readonly then: StopMode;
  /** A holding joint hotter than this stops holding, degrees Celsius. */
  readonly maxHoldTemperatureC: number;
  /** The pose to park in at the end of a run, in joint order; null: none. */
  readonly restPositionsRadOrM: readonly number[] | null;
}

export type WorldSpec =
  | { readonly type: 'mujoco'; readonly modelFile: string; readonly physicsStepS: number }
  | { readonly type: 'closed-form'; readonly name: string; readonly physicsStepS: number };

export interface RobotSpec {
  readonly name: string;
  readonly title: string;
  readonly kind: 'simulated' | 'hardware';
  readonly joints: readonly JointSpec[];
  readonly sensors: readonly SensorSpec[];
  readonly controlPeriodS: number;
  /** A reading older than this is stale: the guard stops the robot. */
  readonly readingMaxAgeS: number;
  /** Absent: the defaults of safety/stop-plan.ts. */
  readonly stop?: StopSpec;
  /** Limits of temperature, supply and load; an absent part has the defaults of the servo models (health-limits.ts). */
  readonly health?: HealthSpec;
  /** Absent: DEFAULT_SAFETY. */
  readonly safety?: SafetySpec;
  readonly world?: WorldSpec;
  /** Absent for a robot without a kinematic model of its tip. */
  readonly kinematics?: KinematicsSpec;
  /** Absent for a robot without a servo bus. */
  readonly servoBus?: ServoBusSpec;
}
