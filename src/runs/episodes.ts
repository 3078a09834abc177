import { lastValueFrom } from 'rxjs';
import { NS_PER_S, type SimulatedClock } from '../base/clock.ts';
import {
  beginEpisode,
  controlLoop,
  lockStepTicks,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
} from '../control/index.ts';
import type { Resetter } from '../driver/index.ts';
import type { ResetState } from '../robot/reading.ts';
import type { GuardMemory } from '../safety/port.ts';

export interface EpisodeResults {
  readonly returns: number[];
  readonly lengths: number[];
  readonly terminated: number;
  readonly truncated: number;
  readonly clips: Record<string, number>;
  readonly outcomes: Record<string, number>;
}

export interface PlayOptions {
  readonly resetter: Resetter;
  readonly initialStates: readonly ResetState[];
  /** The simulated time with which the driver stamps its readings. */
  readonly clock: SimulatedClock;
  readonly signal: AbortSignal;
}

/** Plays one episode from each initial state with a lock-step driver, through the control loop. Undiscounted returns. */
export async function playEpisodes(robot: RobotComponents, options: PlayOptions): Promise<EpisodeResults> {
  const { guard } = robot;
  const clipsBefore = new Map(guard.clips);
  const player = new EpisodePlayer(robot, options);
  const initial = await player.begin(guard.initialMemory);
  if (initial !== null) {
    const [first] = initial.robots;
    const memory = guard.state === 'armed' ? first!.guard : guard.arm(first!.guard, first!.reading);
    await player.play({ ...initial, robots: [{ ...first!, guard: memory }] });
  }
  const clips: Record<string, number> = {};
  for (const [reason, count] of guard.clips) {
    const added = count - (clipsBefore.get(reason) ?? 0);
    if (added > 0) clips[reason] = added;
  }
  return { ...player.results, clips };
}

class EpisodePlayer {
  readonly results = {
    returns: [] as number[],
    lengths: [] as number[],
    terminated: 0,
    truncated: 0,
    outcomes: {} as Record<string, number>,
  };
  private readonly robot: RobotComponents;
  private readonly options: PlayOptions;
  private nextEpisode = 0;
  private episodeReturn = 0;

  constructor(robot: RobotComponents, options: PlayOptions) {
    this.robot = robot;
    this.options = options;
  }

  /** The loop at the beginning of the next episode; null: no further episode, or the signal has aborted. */
  async begin(memory: GuardMemory, nextSequence = 0): Promise<LoopState | null> {
    const { initialStates, resetter, signal } = this.options;
    const initialState = initialStates[this.nextEpisode];
    if (initialState === undefined || signal.aborted) return null;
    const reading = await resetter.reset(initialState, signal);
    this.episodeReturn = 0;
    const start = { reading, initialState, episode: this.nextEpisode++ };
    return { nextSequence, robots: [beginEpisode(this.robot, memory, start)] };
  }

  async play(initial: LoopState): Promise<void> {
    const { controlPeriodS, readingMaxAgeS } = this.robot.driver.spec;
    const { clock } = this.options;
    const { applied$ } = controlLoop({
      ticks$: lockStepTicks([this.robot.driver], clock, controlPeriodS * NS_PER_S),
      robots: [this.robot],
      initial,
      clock,
      sessionUuid: '',
      maxReadingAgeNs: readingMaxAgeS * NS_PER_S,
      barrier: (tick) => this.barrier(tick),
    });
    await lastValueFrom(applied$, { defaultValue: null });
  }

  private barrier({ state, steps }: ClosedTick): LoopState | null | Promise<LoopState | null> {
    const { transition, end } = steps[0]!;
    const robot = state.robots[0]!;
    this.episodeReturn += transition?.reward ?? 0;
    if (end === null) return this.options.signal.aborted ? null : state;
    const { results } = this;
    results.returns.push(this.episodeReturn);
    results.lengths.push(robot.stepsTaken);
    results[end.terminated ? 'terminated' : 'truncated'] += 1;
    if (end.outcome !== null) results.outcomes[end.outcome] = (results.outcomes[end.outcome] ?? 0) + 1;
    return this.begin(robot.guard, state.nextSequence);
  }
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Population standard deviation. */
export function standardDeviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}
