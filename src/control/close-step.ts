import { isRecovering, type Reading } from '../robot/reading.ts';
import type { Transition } from '../robot/transition.ts';
import type { Task, TaskMemory } from '../task/port.ts';
import type { LoopState, PendingStep, RobotState } from './loop-state.ts';
import type { Sample } from './sample.ts';
import type { Tick } from './ticks/tick.ts';

/** How an episode ended. */
export interface EpisodeEnd {
  readonly terminated: boolean;
  readonly outcome: string | null;
}

/** One robot at a tick: its latest reading and, if that ended a step, the transition. */
export interface ClosedStep {
  readonly reading: Reading;
  /** The latest reading is older than the age limit, or lacks a joint: the policy is not called, and the guard holds or stops the robot. */
  readonly stale: boolean;
  readonly transition: Transition | null;
  readonly end: EpisodeEnd | null;
}

/** A tick whose readings have ended the steps before it. `steps` is in the order of the loop's robots. */
export interface ClosedTick {
  readonly tick: Tick;
  readonly state: LoopState;
  readonly steps: readonly ClosedStep[];
}

export interface CloseStepContext {
  readonly robots: readonly { readonly task: Task }[];
  readonly sessionUuid: string;
  readonly maxReadingAgeNs: number;
}

/** Pure: the readings of a sample end the steps before it. Gives a transition and perhaps the end of an episode for each robot. */
export function closeStep(context: CloseStepContext, state: LoopState, { tick, readings }: Sample): ClosedTick {
  let { nextSequence } = state;
  const steps: ClosedStep[] = [];
  const robots = state.robots.map((robot, i) => {
    const reading = newerReading(robot.reading, readings[i] ?? null);
    const stale = tick.startNs - reading.arrivalNs > context.maxReadingAgeNs || isRecovering(reading);
    const { pendingStep } = robot;
    if (pendingStep === null) {
      steps.push({ reading, stale, transition: null, end: null });
      return { ...robot, reading };
    }
    const session = { sessionUuid: context.sessionUuid, sequence: nextSequence++ };
    const closed = closePendingStep(context.robots[i]!.task, robot, { pendingStep, reading, stale, session });
    steps.push(closed.step);
    return closed.state;
  });
  return { tick, state: { nextSequence, robots }, steps };
}

/** A reading that arrived before the episode began is older than that of the state and is dropped. */
function newerReading(current: Reading, sampled: Reading | null): Reading {
  return sampled !== null && sampled.arrivalNs >= current.arrivalNs ? sampled : current;
}

interface StepEnding {
  readonly pendingStep: PendingStep;
  readonly reading: Reading;
  readonly stale: boolean;
  readonly session: Pick<Transition, 'sessionUuid' | 'sequence'>;
}

function closePendingStep(
  task: Task,
  robot: RobotState,
  { pendingStep, reading, stale, session }: StepEnding,
): { readonly state: RobotState; readonly step: ClosedStep } {
  const { before, appliedTargets } = pendingStep;
  const step = { before, command: { targets: appliedTargets }, after: reading, memory: robot.memory };
  const memory = task.nextMemory(step);
  const stepsTaken = robot.stepsTaken + 1;
  const terminated = task.terminated(reading, memory);
  // A stale reading ends the episode, too: learning bootstraps from the last reading.
  const truncated = !terminated && (task.truncated(stepsTaken) || stale);
  const transition: Transition = {
    ...session,
    episode: robot.episode,
    step: robot.stepsTaken,
    observation: pendingStep.observation,
    proposedAction: pendingStep.proposedAction,
    appliedAction: pendingStep.appliedAction,
    reasonCodes: pendingStep.reasonCodes,
    reward: task.reward(step, memory),
    terminated,
    truncated,
    nextObservation: Float32Array.from(task.observe(reading, memory)),
    policyVersion: pendingStep.policyVersion,
    monotonicTimeNs: pendingStep.timeNs,
  };
  return {
    state: { ...robot, stepsTaken, memory, reading, pendingStep: null },
    step: { reading, stale, transition, end: endOf(task, memory, { terminated, truncated }) },
  };
}

function endOf(
  task: Task,
  memory: TaskMemory,
  { terminated, truncated }: Pick<Transition, 'terminated' | 'truncated'>,
): EpisodeEnd | null {
  return terminated || truncated ? { terminated, outcome: task.outcome?.(memory, terminated) ?? null } : null;
}
