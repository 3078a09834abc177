import { lastValueFrom } from 'rxjs';
import type { SimulatedClock } from '../base/clock.ts';
import { controlLine, Lane, lockStepTicks, type ClosedLook, type LaneRooms } from '../control/index.ts';
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
  readonly starts: readonly ResetState[];
  /** The simulated time that the body stamps its readings with. */
  readonly clock: SimulatedClock;
  readonly signal: AbortSignal;
}

/** Plays one episode from each start on a lock-step body, through the same line as training. Undiscounted returns. */
export async function playEpisodes(rooms: LaneRooms, { starts, clock, signal }: PlayOptions): Promise<EpisodeResults> {
  const lane = new Lane(rooms);
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
    const start = starts[next];
    if (start === undefined || signal.aborted) return false;
    lane.begin(await rooms.resetter.reset(start, signal), start, next++);
    sum = 0;
    return true;
  };
  const settler = ([look]: readonly ClosedLook[]): boolean | Promise<boolean> => {
    sum += look?.transition?.reward ?? 0;
    if (look === undefined || look.end === null) return !signal.aborted;
    results.returns.push(sum);
    results.lengths.push(lane.stepsTaken);
    results[look.end.terminated ? 'terminated' : 'truncated'] += 1;
    const outcome = look.end.outcome;
    if (outcome !== null) results.outcomes[outcome] = (results.outcomes[outcome] ?? 0) + 1;
    return begin();
  };
  const clipsBefore = new Map(rooms.guard.clips);
  if (await begin()) {
    if (rooms.guard.state !== 'armed') rooms.guard.arm(lane.newest!);
    const { controlPeriodS, readingMaxAgeS } = rooms.body.spec;
    await lastValueFrom(
      controlLine({
        ticks$: lockStepTicks([lane], clock, controlPeriodS * 1e9),
        lanes: [lane],
        clock,
        maxReadingAgeNs: readingMaxAgeS * 1e9,
        counter: { sessionUuid: '', next: 0 },
        settler,
        onDropped: () => undefined,
      }),
      { defaultValue: null },
    );
  }
  const clips: Record<string, number> = {};
  for (const [reason, count] of rooms.guard.clips) {
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
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
