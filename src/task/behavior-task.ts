import type { Reading, ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { boundedTarget } from './actions/incremental-position-actions.ts';
import { jointActions } from './actions/joint-actions.ts';
import { linearActions } from './actions/linear-actions.ts';
import type { ActionOptions, BehaviorStep, TaskBehavior } from './modules/define-task.ts';
import type { Task, TaskMemory, TaskStep } from './port.ts';
import { samplePose } from './sample-pose.ts';
import type { TaskSettings } from './settings.ts';
import { taskSpec } from './task-spec.ts';

export const DEFAULT_SPEED_RAD_OR_M_PER_S = 1.5;
export const DEFAULT_LEAD_RAD_OR_M = 0.15;

export interface BehaviorOptions {
  readonly behavior: TaskBehavior;
  readonly actions?: ActionOptions;
  readonly requiredSensors?: readonly string[];
  /** Appends the last action to the observation: a reward that depends on it needs it. Default: false. */
  readonly observePreviousAction?: boolean;
}

/**
 * The task of a behavior. Its memory is: the last targets, the last action (one value for each joint, both), then what the behavior
 * remembers. Actions: jointActions. Throws E_ROBOT_FILE where a joint lacks what its action needs.
 */
export function behaviorTask(
  robot: RobotSpec,
  settings: TaskSettings,
  { behavior, actions: options = {}, requiredSensors = [], observePreviousAction = false }: BehaviorOptions,
): Task {
  const count = robot.joints.length;
  const leadRadOrM = options.maxLeadRadOrM ?? DEFAULT_LEAD_RAD_OR_M;
  const speedRadOrMPerS = options.maxSpeedRadOrMPerS ?? DEFAULT_SPEED_RAD_OR_M_PER_S;
  const actions = linearActions(jointActions(robot, { speedRadOrMPerS, leadRadOrM, targetsOffset: 0 }));
  const lead = createLead(robot, leadRadOrM);
  const actionNames = observePreviousAction ? robot.joints.map(({ name }) => `lastAction(${name})`) : [];
  const own = (memory: TaskMemory): Float64Array => memory.subarray(2 * count);
  const joined = (targets: ArrayLike<number>, action: ArrayLike<number>, rest: ArrayLike<number>): TaskMemory => {
    const memory = new Float64Array(2 * count + rest.length);
    memory.set(targets);
    memory.set(action, count);
    memory.set(rest, 2 * count);
    return memory;
  };
  const stepOf = ({ before, command, after, memory }: TaskStep): BehaviorStep => ({
    before,
    command,
    after,
    memory: own(memory),
    action: actions.toAction(command.targets, before, memory),
    previousAction: memory.subarray(count, 2 * count),
  });
  return {
    spec: taskSpec(robot, settings, [...behavior.observationNames, ...lead.names, ...actionNames], requiredSensors),
    sampleInitialState: (random) => behavior.sampleInitialState?.(random) ?? samplePose(robot, random),
    initialMemory(reading: Reading, state: ResetState, heldTargets?: Float64Array | null): TaskMemory {
      // A joint under load is behind its target: beginning at its position would move it.
      const targets = heldTargets ?? reading.positions;
      return joined(targets, new Float64Array(count), behavior.initialMemory?.(reading, state) ?? []);
    },
    observe: (reading, memory) =>
      Float64Array.of(
        ...Array.from(behavior.observe(reading, own(memory))),
        ...lead.values(reading, memory),
        ...memory.subarray(count, count + actionNames.length),
      ),
    nextMemory(step: TaskStep): TaskMemory {
      const behaviorStep = stepOf(step);
      const rest = behavior.nextMemory?.(behaviorStep) ?? behaviorStep.memory;
      return joined(step.command.targets, behaviorStep.action, rest);
    },
    reward: (step, next) => behavior.reward(stepOf(step), own(next)),
    terminated: (after, next) => behavior.terminated?.(after, own(next)) ?? false,
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    ...(behavior.outcome && {
      outcome: (memory, terminated) => behavior.outcome!(own(memory), terminated),
    }),
  };
}

/** Target minus position of every joint that is commanded by position. */
function createLead(
  { joints }: RobotSpec,
  leadRadOrM: number,
): { readonly names: readonly string[]; values(reading: Reading, memory: TaskMemory): readonly number[] } {
  const indexes = [...joints.keys()].filter((i) => joints[i]!.commandMode === 'position');
  return {
    names: indexes.map((i) => `lead(${joints[i]!.name})`),
    values: ({ positions }, memory) =>
      indexes.map((i) => boundedTarget(positions[i]!, memory[i]!, leadRadOrM) - positions[i]!),
  };
}
