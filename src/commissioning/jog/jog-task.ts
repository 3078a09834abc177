import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Task } from '../../task/port.ts';

/** A float64 target in float32 actions: 3 times 24 bits are enough for its 53. */
const TARGET_PARTS = 3;

/** Writes parts that add up to `target` exactly, so that a target at a limit does not exceed it by rounding. */
export function splitTarget(target: number, parts: Float32Array): void {
  let rest = target;
  for (let i = 0; i < parts.length; i++) {
    parts[i] = rest;
    rest -= parts[i]!;
  }
}

/**
 * Jogging as a task of the control loop. The observation is position, velocity and effort of the jogged joint; the action is its
 * target in the unit of its command mode, as splitTarget splits it. The other joints keep their targets: those they were armed with (position),
 * velocity 0 or effort 0. It has no reward and no end.
 */
export function jogTask(robot: RobotSpec, joint: number, armedTargets: readonly number[]): Task {
  return {
    spec: {
      name: 'jog',
      robot: robot.name,
      observationNames: ['position', 'velocity', 'effort'],
      actionSize: TARGET_PARTS,
      discount: 1,
      horizon: Infinity,
      requiredSensors: [],
    },
    sampleInitialState: () => ({ qpos: new Float64Array(0), qvel: new Float64Array(0) }),
    initialMemory: () =>
      Float64Array.from(robot.joints, ({ commandMode }, i) => (commandMode === 'position' ? armedTargets[i]! : 0)),
    observe: ({ positions, velocities, efforts }) =>
      Float64Array.of(positions[joint]!, velocities[joint]!, efforts[joint]!),
    nextMemory: ({ memory }) => memory,
    reward: () => 0,
    terminated: () => false,
    truncated: () => false,
    toCommand: (action, _reading, memory) => {
      const targets = Float64Array.from(memory);
      targets[joint] = action.reduce((sum, part) => sum + part, 0);
      return { targets };
    },
    toAction: (targets) => {
      const action = new Float32Array(TARGET_PARTS);
      splitTarget(targets[joint]!, action);
      return action;
    },
  };
}
