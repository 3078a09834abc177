import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { effortAction } from '../actions/effort-actions.ts';
import { linearActions } from '../actions/linear-actions.ts';
import { uniformAngle, normalizeAngle } from '../circle.ts';
import { createHoldCounter } from '../hold-counter.ts';
import type { Task, TaskMemory, TaskStep } from '../port.ts';
import { requireJoints } from '../require-joints.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { taskSpec } from '../task-spec.ts';

/** Layout of the memory: consecutive steps upright, 1 after success. */
const HOLD_COUNT_INDEX = 0;

/**
 * A pendulum that hangs at 0 and is upright at pi, driven by a motor that may be too weak to lift it. Reward, after the step:
 * -(angle from upright² + 0.02 velocity² + 0.01 (effort / maxEffort)²); never terminates; success = within uprightRad of upright for
 * uprightHoldS without interruption. A simulator starts anywhere on the circle, hardware at its present position.
 */
export function createSwingUp(robot: RobotSpec, settings: TaskSettings): Task {
  requireJoints(robot, settings, 1);
  const parameters = readParameters(settings, {
    uprightRad: { default: 0.2, min: 1e-3, max: Math.PI },
    uprightHoldS: { default: 1, min: 0, max: 60 },
  });
  const joints = robot.joints.map((joint) => effortAction(joint));
  const actions = linearActions(joints);
  const hold = createHoldCounter(parameters.uprightHoldS, robot.controlPeriodS, HOLD_COUNT_INDEX);
  const fromUpright = ({ positions }: Reading): number => normalizeAngle(positions[0]! - Math.PI);
  return {
    spec: taskSpec(robot, settings, ['cosAngle', 'sinAngle', 'velocity']),
    sampleInitialState: uniformAngle,
    initialMemory: () => new Float64Array(2),
    observe: ({ positions, velocities }) =>
      Float64Array.of(Math.cos(positions[0]!), Math.sin(positions[0]!), velocities[0]!),
    nextMemory({ after, memory }: TaskStep): TaskMemory {
      const next = memory.slice();
      hold.count(next, Math.abs(fromUpright(after)) <= parameters.uprightRad);
      return next;
    },
    reward({ after, command }: TaskStep): number {
      const angle = fromUpright(after);
      const velocity = after.velocities[0]!;
      const effort = command.targets[0]! / joints[0]!.scale;
      return -(angle * angle + 0.02 * (velocity * velocity) + 0.01 * (effort * effort));
    },
    terminated: () => false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: (memory) => (hold.succeeded(memory) ? 'success' : null),
  };
}
