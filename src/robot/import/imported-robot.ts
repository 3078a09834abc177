import type { KinematicsSpec } from '../kinematics-spec.ts';
import type { JointSpec } from '../robot-spec.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';

/** The contents of a URDF or MJCF in the terms of a robot file. */
export interface ImportedRobot {
  readonly joints: readonly JointSpec[];
  /** Null when no tip was named and the file does not determine it. */
  readonly kinematics: KinematicsSpec | null;
  /** The link, body or site whose origin is the tip. */
  readonly tip: string | null;
  /** Skipped parts and assumptions, in sentences. */
  readonly notes: readonly string[];
}

/** A robot and the world in which it is simulated. */
export interface SimulatedImport extends ImportedRobot {
  readonly workspace: WorkspaceSpec | null;
  readonly modelFile: string;
  readonly physicsStepS: number;
  readonly controlPeriodS: number;
}
