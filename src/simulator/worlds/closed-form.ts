import type { RobotSpec } from '../../robot/robot-spec.ts';

/** State and last effort of a closed-form world, updated in place. */
export interface ClosedFormState {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly efforts: Float64Array;
}

/** The equation of motion of a closed-form world over one physics step of `dtS` seconds. */
export interface ClosedForm {
  readonly joints: number;
  advance(state: ClosedFormState, targets: Float64Array, dtS: number): void;
}

function clip(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/**
 * The pendulum of Gymnasium 1.4 `classic_control/pendulum.py` (Pendulum-v1): g = 10, m = l = 1, semi-implicit Euler, effort
 * clipped to the limit in the robot file, angular velocity to +-8 rad/s. Theta is not wrapped. Gymnasium's actions are float32 and
 * numpy multiplies them in float32. A float32 effort is treated the same way here, so that the states are bit-identical.
 */
function pendulumForm(robot: RobotSpec): ClosedForm {
  const maxEffort = robot.joints[0]?.limits.maxEffortNmOrN ?? Infinity;
  return {
    joints: 1,
    advance({ qpos, qvel, efforts }, targets, dtS) {
      const u = clip(targets[0]!, -maxEffort, maxEffort);
      const theta = qpos[0]!;
      const pushed = Math.fround(u) === u ? Math.fround(3 * u) : 3 * u;
      const velocity = clip(qvel[0]! + (15 * Math.sin(theta) + pushed) * dtS, -8, 8);
      qpos[0] = theta + velocity * dtS;
      qvel[0] = velocity;
      efforts[0] = u;
    },
  };
}

/** A point that moves by its command: p' = clip(p + v dt, +-7 m); |v| is clipped to the limit in the robot file. */
function point2Form(robot: RobotSpec): ClosedForm {
  return {
    joints: 2,
    advance({ qpos, qvel }, targets, dtS) {
      for (let i = 0; i < 2; i++) {
        const limit = robot.joints[i]?.limits.maxVelocityRadOrMPerS ?? Infinity;
        const before = qpos[i]!;
        const after = clip(before + clip(targets[i]!, -limit, limit) * dtS, -7, 7);
        qpos[i] = after;
        qvel[i] = (after - before) / dtS;
      }
    },
  };
}

export const CLOSED_FORMS: Readonly<Record<string, (robot: RobotSpec) => ClosedForm>> = {
  pendulum: pendulumForm,
  point2: point2Form,
};
