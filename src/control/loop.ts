import { share, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import { closeSteps, type SequenceCounter } from './close-steps.ts';
import type { RobotInstance } from './robot-instance.ts';
import { commitSteps, type CommitHandler } from './commit-steps.ts';
import { act, applyCommands, checkCommands, observe, toCommand, type AppliedCommand } from './steps.ts';
import { withLatestReadings } from './with-latest-readings.ts';
import type { Tick } from './ticks/tick.ts';

export interface ControlLoopOptions {
  readonly ticks$: Observable<Tick>;
  readonly instances: readonly RobotInstance[];
  readonly clock: Clock;
  readonly maxReadingAgeNs: number;
  readonly counter: SequenceCounter;
  /** Gets every round's transitions before the next action; see Settler. */
  readonly onStep: CommitHandler;
  readonly onDropped: () => void;
}

/**
 * The control line: once a tick, left to right, one operator a room. `run`, `pretrain` and `evaluate` are this graph with
 * another body and clock. It completes when the settler says so and errors when a body is lost.
 */
export function controlLoop({
  ticks$,
  instances,
  clock,
  maxReadingAgeNs,
  counter,
  onStep,
  onDropped,
}: ControlLoopOptions): Observable<AppliedCommand> {
  return ticks$.pipe(
    withLatestReadings(instances, maxReadingAgeNs), // tick -> newest reading of each lane, or a stale one
    closeSteps(counter), // what this reading ended: reward, terminated, truncated -> transition
    commitSteps(onStep, onDropped), // transition -> log and learner; episodes begin again; lock-step waits
    observe(), // observation, lane by lane
    act(), // action
    toCommand(), // command
    checkCommands(clock), // safe command with reasons
    applyCommands(), // what was really sent
    share(),
  );
}
