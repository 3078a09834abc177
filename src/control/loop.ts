import { BehaviorSubject, finalize, map, share, Subject, tap, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import { apply, type AppliedStep } from './apply.ts';
import { barrier, type BarrierHandler } from './barrier.ts';
import { closeStep, type ClosedTick } from './close-step.ts';
import type { LoopState, RobotComponents } from './loop-state.ts';
import { openStep, type OpenedStep } from './open-step.ts';
import { sample } from './sample.ts';
import type { Tick } from './ticks/tick.ts';

export interface ControlLoopOptions {
  readonly ticks$: Observable<Tick>;
  readonly robots: readonly RobotComponents[];
  /** The state before the first tick: each robot at the first reading of an episode, or at its state in a checkpoint. */
  readonly initial: LoopState;
  readonly clock: Clock;
  readonly sessionUuid: string;
  readonly maxReadingAgeNs: number;
  readonly barrier: BarrierHandler;
  readonly onDropped?: () => void;
}

/** A tick whose commands were sent. `steps` is in the order of the loop's robots. */
export interface AppliedTick {
  readonly tick: Tick;
  readonly state: LoopState;
  readonly steps: readonly AppliedStep[];
}

export interface ControlLoop {
  /** Ended steps, before the barrier: a subscriber that must have a transition before the next action subscribes here, before `applied$`. */
  readonly closed$: Observable<ClosedTick>;
  /** Sent commands. The first subscription starts the ticks. Completes when the barrier ends the loop; errors with a fault or the loss of a driver. */
  readonly applied$: Observable<AppliedTick>;
}

/**
 * The control loop: once per tick, in order. `run`, `pretrain`, `evaluate`, `jog` and playback are this loop with another driver,
 * clock, policy or barrier. Its state flows through the operators and returns with the next tick; each operator is a function of
 * its arguments. One input is random: the policy's action in `openStep`.
 */
export function controlLoop(options: ControlLoopOptions): ControlLoop {
  const { ticks$, robots, clock } = options;
  const state$ = new BehaviorSubject(options.initial);
  const closed$ = new Subject<ClosedTick>();
  const applied$ = ticks$.pipe(
    sample(robots.map(({ driver }) => driver)), // the newest reading of each robot
    map((sampled) => closeStep(options, state$.value, sampled)), // it ends the step before -> transition, end of episode
    barrier({
      handler: options.barrier, // what must be finished before the next action
      entered: (tick) => closed$.next(tick),
      onDropped: options.onDropped ?? (() => undefined),
    }),
    map((tick) => openSteps(robots, tick, clock)), // observe, act, toCommand, guard -> safe commands
    map((tick) => applySteps(robots, tick)), // what was sent opens the next step
    tap(({ state }) => state$.next(state)), // the state of the next tick
    finalize(() => closed$.complete()),
    share(), // subscribers: tick log, status, comparison
  );
  return { closed$, applied$ };
}

interface OpenedTick {
  readonly tick: Tick;
  readonly state: LoopState;
  readonly steps: readonly OpenedStep[];
}

function openSteps(robots: readonly RobotComponents[], { tick, state, steps }: ClosedTick, clock: Clock): OpenedTick {
  return { tick, state, steps: robots.map((robot, i) => openStep(robot, state.robots[i]!, steps[i]!, clock)) };
}

function applySteps(robots: readonly RobotComponents[], { tick, state, steps }: OpenedTick): AppliedTick {
  const applied = robots.map((robot, i) => apply(robot, steps[i]!, tick.startNs));
  return { tick, state: { ...state, robots: applied.map((step) => step.state) }, steps: applied };
}
