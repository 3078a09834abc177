import type { RobotSpec } from '../robot/robot-spec.ts';
import type { JointMotor, Mechanics } from './mechanics.ts';
import type { JointDrive } from './port.ts';

/** Of a small servo without load: 0 to full speed in a tenth of a second. */
const NO_LOAD_SPEED = 5;
const RISE_S = 0.1;
const STEP_S = 0.001;

/** Joints without a model: an inertia each whose speed settles at effort / stall effort * 5 rad/s (m/s), stops at the ends of the range. */
export class FirstOrderMechanics implements Mechanics {
  readonly stepS = STEP_S;
  readonly motors: readonly JointMotor[];
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  private readonly ranges: readonly (readonly [number, number])[];
  private readonly jammed: boolean[];

  constructor({ joints }: RobotSpec) {
    this.motors = joints.map(({ limits: { maxEffortNmOrN: stallEffortNmOrN = 1 } }) => ({
      // Critically damped with what the joint's own speed limit already damps.
      stiffness: (10 * stallEffortNmOrN) / NO_LOAD_SPEED / RISE_S,
      damping: (2 * stallEffortNmOrN) / NO_LOAD_SPEED,
      stallEffortNmOrN,
    }));
    this.ranges = joints.map(({ limits: { minPositionRadOrM = -Infinity, maxPositionRadOrM = Infinity } }) => [
      minPositionRadOrM,
      maxPositionRadOrM,
    ]);
    this.positions = Float64Array.from(this.ranges, ([low, high]) => Math.min(high, Math.max(low, 0)));
    this.velocities = new Float64Array(joints.length);
    this.efforts = new Float64Array(joints.length);
    this.jammed = joints.map(() => false);
  }

  step(drives: readonly JointDrive[], pushes: Float64Array | null = null): void {
    for (const [i, drive] of drives.entries()) {
      const { stallEffortNmOrN: stall } = this.motors[i]!;
      const effort = drive.kind === 'effort' ? Math.max(-stall, Math.min(stall, drive.effortNmOrN)) : 0;
      const [low, high] = this.ranges[i]!;
      const before = this.positions[i]!;
      const settled = ((effort + (pushes?.[i] ?? 0)) / stall) * NO_LOAD_SPEED;
      const rise = drive.kind === 'damp' ? RISE_S / 4 : RISE_S;
      let velocity = this.velocities[i]! + (settled - this.velocities[i]!) * (STEP_S / rise);
      if (this.jammed[i]!) velocity = 0;
      const position = Math.min(high, Math.max(low, before + velocity * STEP_S));
      this.velocities[i] = position === before ? 0 : velocity;
      this.positions[i] = position;
      this.efforts[i] = effort;
    }
  }

  setStuck(index: number, jammed: boolean): void {
    this.jammed[index] = jammed;
  }

  dispose(): void {
    // Nothing to release.
  }
}
