import { map, type OperatorFunction } from 'rxjs';
import type { Transition } from '../robot/transition.ts';
import type { TickInput, TickInputs } from './with-latest-readings.ts';
import type { RobotInstance } from './robot-instance.ts';

/** How an episode ended. */
export interface EpisodeEnd {
  readonly terminated: boolean;
  readonly outcome: string | null;
}

/** A look and, where a step ended with it, its transition. */
export interface TickStep extends TickInput {
  readonly transition: Transition | null;
  readonly end: EpisodeEnd | null;
}

/** Numbers the session's transitions; shared by all lanes, saved in checkpoints. */
export interface SequenceCounter {
  readonly sessionUuid: string;
  next: number;
}

/** A reading ends the step before it: reward, terminated, truncated. What comes out is a transition a lane and step. */
export function closeSteps(counter: SequenceCounter): OperatorFunction<TickInputs, readonly TickStep[]> {
  return map((inputs) => inputs.map((input) => closeStep(input, counter)));
}

function closeStep(input: TickInput, counter: SequenceCounter): TickStep {
  const { instance, reading } = input;
  const open = instance.pendingStep;
  if (open === null) return { ...input, transition: null, end: null };
  const { task } = instance.components;
  const step = {
    before: open.before,
    command: { targets: open.appliedTargets },
    after: reading,
    memory: instance.memory,
  };
  const memory = task.nextMemory(step);
  const stepsTaken = instance.stepsTaken + 1;
  const terminated = task.terminated(reading, memory);
  // A robot that went silent ends the episode too: learning bootstraps from the last thing it saw.
  const truncated = !terminated && (task.truncated(stepsTaken) || input.stale);
  const transition: Transition = {
    sessionUuid: counter.sessionUuid,
    sequence: counter.next++,
    episode: instance.episode,
    step: instance.stepsTaken,
    observation: open.observation,
    proposedAction: open.proposedAction,
    appliedAction: open.appliedAction,
    reasonCodes: open.reasonCodes,
    reward: task.reward(step, memory),
    terminated,
    truncated,
    nextObservation: Float32Array.from(task.observe(reading, memory)),
    policyVersion: open.policyVersion,
    monotonicTimeNs: open.timeNs,
  };
  advance(instance, stepsTaken, memory);
  const end = terminated || truncated ? { terminated, outcome: task.outcome(memory, terminated) } : null;
  return { ...input, transition, end };
}

function advance(instance: RobotInstance, stepsTaken: number, memory: Float64Array): void {
  instance.pendingStep = null;
  instance.stepsTaken = stepsTaken;
  instance.memory = memory;
}
