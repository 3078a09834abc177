import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { effortAction } from '../actions/effort-actions.ts';
import { linearActions } from '../actions/linear-actions.ts';
import { uniformAngle, normalizeAngle } from '../circle.ts';
import type { Task, TaskStep } from '../port.ts';
import { requireJoints } from '../require-joints.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { taskSpec } from '../task-spec.ts';

const MAX_TORQUE_NM = 2;
const EMPTY = new Float64Array(0);

/**
 * Gymnasium's Pendulum-v1. Observation (cos theta, sin theta, thetaDot) in float32; reward
 * -(normalized theta² + 0.1 thetaDot² + 0.001 u²) with the state before the step and u = the raw torque clipped to ±2 N m;
 * never terminates; starts theta ~ U(±pi), thetaDot ~ U(±1).
 */
export function createPendulum(robot: RobotSpec, settings: TaskSettings): Task {
  requireJoints(robot, settings, 1);
  readParameters(settings, {});
  const actions = linearActions(robot.joints.map((joint) => effortAction(joint, MAX_TORQUE_NM)));
  return {
    spec: taskSpec(robot, settings, ['cosTheta', 'sinTheta', 'thetaDot']),
    sampleInitialState: uniformAngle,
    initialMemory: () => EMPTY,
    observe(reading: Reading): Float64Array {
      const theta = reading.positions[0]!;
      return Float64Array.of(
        Math.fround(Math.cos(theta)),
        Math.fround(Math.sin(theta)),
        Math.fround(reading.velocities[0]!),
      );
    },
    nextMemory: () => EMPTY,
    reward({ before, command }: TaskStep): number {
      const theta = normalizeAngle(before.positions[0]!);
      const thetaDot = before.velocities[0]!;
      const torque = Math.max(-MAX_TORQUE_NM, Math.min(MAX_TORQUE_NM, command.targets[0]!));
      return -(theta * theta + 0.1 * (thetaDot * thetaDot) + 0.001 * (torque * torque));
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
  };
}
