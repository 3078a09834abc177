import { map, type OperatorFunction } from 'rxjs';
import type { Transition } from '../robot/transition.ts';
import type { Look, Round } from './with-latest-readings.ts';
import type { Lane } from './robot-instance.ts';

/** How an episode ended. */
export interface EpisodeEnd {
  readonly terminated: boolean;
  readonly outcome: string | null;
}

/** A look and, where a step ended with it, its transition. */
export interface ClosedLook extends Look {
  readonly transition: Transition | null;
  readonly end: EpisodeEnd | null;
}

/** Numbers the session's transitions; shared by all lanes, saved in checkpoints. */
export interface SequenceCounter {
  readonly sessionUuid: string;
  next: number;
}

/** A reading ends the step before it: reward, terminated, truncated. What comes out is a transition a lane and step. */
export function closeSteps(counter: SequenceCounter): OperatorFunction<Round, readonly ClosedLook[]> {
  return map((round) => round.map((look) => closeStep(look, counter)));
}

function closeStep(look: Look, counter: SequenceCounter): ClosedLook {
  const { lane, reading } = look;
  const open = lane.open;
  if (open === null) return { ...look, transition: null, end: null };
  const { task } = lane.rooms;
  const step = { before: open.before, command: { targets: open.appliedTargets }, after: reading, memory: lane.memory };
  const memory = task.advance(step);
  const stepsTaken = lane.stepsTaken + 1;
  const terminated = task.terminated(reading, memory);
  // A robot that went silent ends the episode too: learning bootstraps from the last thing it saw.
  const truncated = !terminated && (task.truncated(stepsTaken) || look.stale);
  const transition: Transition = {
    sessionUuid: counter.sessionUuid,
    sequence: counter.next++,
    episode: lane.episode,
    step: lane.stepsTaken,
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
  advance(lane, stepsTaken, memory);
  const end = terminated || truncated ? { terminated, outcome: task.outcome(memory, terminated) } : null;
  return { ...look, transition, end };
}

function advance(lane: Lane, stepsTaken: number, memory: Float64Array): void {
  lane.open = null;
  lane.stepsTaken = stepsTaken;
  lane.memory = memory;
}
