import { lastValueFrom } from 'rxjs';
import type { SimulatedClock } from '../base/clock.ts';
import { controlLoop, RobotInstance, lockStepTicks, type TickStep, type RobotComponents } from '../control/index.ts';
import type { ResetState } from '../robot/reading.ts';

export interface EpisodeResults {
  readonly returns: number[];
  readonly lengths: number[];
  readonly terminated: number;
  readonly truncated: number;
  readonly clips: Record<string, number>;
  readonly outcomes: Record<string, number>;
}

export interface PlayOptions {
  readonly initialStates: readonly ResetState[];
  /** The simulated time that the body stamps its readings with. */
  readonly clock: SimulatedClock;
  readonly signal: AbortSignal;
}

/** Plays one episode from each start on a lock-step body, through the same line as training. Undiscounted returns. */
export async function playEpisodes(
  components: RobotComponents,
  { initialStates, clock, signal }: PlayOptions,
): Promise<EpisodeResults> {
  const instance = new RobotInstance(components);
  const results = {
    returns: [] as number[],
    lengths: [] as number[],
    terminated: 0,
    truncated: 0,
    outcomes: {} as Record<string, number>,
  };
  let next = 0;
  let sum = 0;
  const begin = async (): Promise<boolean> => {
    const start = initialStates[next];
    if (start === undefined || signal.aborted) return false;
    instance.begin(await components.resetter.reset(start, signal), start, next++);
    sum = 0;
    return true;
  };
  const onStep = ([look]: readonly TickStep[]): boolean | Promise<boolean> => {
    sum += look?.transition?.reward ?? 0;
    if (look === undefined || look.end === null) return !signal.aborted;
    results.returns.push(sum);
    results.lengths.push(instance.stepsTaken);
    results[look.end.terminated ? 'terminated' : 'truncated'] += 1;
    const outcome = look.end.outcome;
    if (outcome !== null) results.outcomes[outcome] = (results.outcomes[outcome] ?? 0) + 1;
    return begin();
  };
  const clipsBefore = new Map(components.guard.clips);
  if (await begin()) {
    if (components.guard.state !== 'armed') components.guard.arm(instance.latestReading!);
    const { controlPeriodS, readingMaxAgeS } = components.driver.spec;
    await lastValueFrom(
      controlLoop({
        ticks$: lockStepTicks([instance], clock, controlPeriodS * 1e9),
        instances: [instance],
        clock,
        maxReadingAgeNs: readingMaxAgeS * 1e9,
        counter: { sessionUuid: '', next: 0 },
        onStep,
        onDropped: () => undefined,
      }),
      { defaultValue: null },
    );
  }
  const clips: Record<string, number> = {};
  for (const [reason, count] of components.guard.clips) {
    const added = count - (clipsBefore.get(reason) ?? 0);
    if (added > 0) clips[reason] = added;
  }
  return { ...results, clips };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Population standard deviation. */
export function standardDeviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}
