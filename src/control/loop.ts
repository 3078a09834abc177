import { share, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import { closeSteps, type SequenceCounter } from './close-steps.ts';
import type { Lane } from './robot-instance.ts';
import { settle, type Settler } from './commit-steps.ts';
import { act, applyTo, guardWith, observe, toCommand, type Sent } from './steps.ts';
import { takeNewest } from './with-latest-readings.ts';
import type { Tick } from './ticks/tick.ts';

export interface LineOptions {
  readonly ticks$: Observable<Tick>;
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly maxReadingAgeNs: number;
  readonly counter: SequenceCounter;
  /** Gets every round's transitions before the next action; see Settler. */
  readonly settler: Settler;
  readonly onDropped: () => void;
}

/**
 * The control line: once a tick, left to right, one operator a room. `run`, `pretrain` and `evaluate` are this graph with
 * another body and clock. It completes when the settler says so and errors when a body is lost.
 */
export function controlLine({
  ticks$,
  lanes,
  clock,
  maxReadingAgeNs,
  counter,
  settler,
  onDropped,
}: LineOptions): Observable<Sent> {
  return ticks$.pipe(
    takeNewest(lanes, maxReadingAgeNs), // tick -> newest reading of each lane, or a stale one
    closeSteps(counter), // what this reading ended: reward, terminated, truncated -> transition
    settle(settler, onDropped), // transition -> log and learner; episodes begin again; lock-step waits
    observe(), // observation, lane by lane
    act(), // action
    toCommand(), // command
    guardWith(clock), // safe command with reasons
    applyTo(), // what was really sent
    share(),
  );
}
