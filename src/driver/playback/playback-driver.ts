import { Subject, type Observable } from 'rxjs';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import { checkReading, type Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import type { TickRecord } from '../../wire/experience/tick-record.ts';
import { throwIfResetAborted } from '../next-reading.ts';
import type { Driver, DriverEvent, Resetter, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { newPlaybackCounts, type PlaybackStatistics } from './playback-statistics.ts';

export interface OpenPlaybackOptions {
  /** The robot of the log: joints in this order, sensors. */
  readonly robot: RobotSpec;
  /** The recorded ticks in order without a gap; may be read during playback. */
  readonly ticks: AsyncIterable<TickRecord>;
}

export interface Playback {
  readonly driver: PlaybackDriver;
  /** Returns the first reading of the recorded episode, whatever state is requested. */
  readonly resetter: Resetter;
}

/**
 * Opens a recording as a driver, at the first tick. Throws E_LOG_FILE when there are no ticks, E_READING_* when it is of another
 * robot.
 */
export async function openPlayback({ robot, ticks }: OpenPlaybackOptions): Promise<Playback> {
  const iterator = ticks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) {
    throw new SoftqdError('E_LOG_FILE', 'this log contains no tick records to play back', {
      hint: 'Record a run with softqd run and log.ticks = true.',
    });
  }
  checkReading(first.value.reading, robot);
  const driver = new PlaybackDriver(robot, iterator, first.value);
  return { driver, resetter: { reset: (_state, signal) => driver.reset(signal) } };
}

/**
 * The driver of a recording. It emits the recorded readings, one after each command (or `skip`), at any speed of the control loop.
 * Each command must be bit-identical to the one recorded at that tick. readings$ completes at the end of the recording and errors
 * with E_LOG_FILE where ticks are missing.
 */
export class PlaybackDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly counts: PlaybackStatistics = newPlaybackCounts();
  /** Emits where the recorded control loop ended (its robot was lost) and a new one starts with the current tick. */
  readonly segmentEnds$ = new Subject<void>();
  private readonly stream = new ReadingStream();
  private readonly iterator: AsyncIterator<TickRecord>;
  private tick: TickRecord | null;
  /** Index of the newest tick read from the recording. */
  private index: number;
  private closed = false;

  constructor(spec: RobotSpec, iterator: AsyncIterator<TickRecord>, first: TickRecord) {
    this.spec = spec;
    this.iterator = iterator;
    this.tick = first;
    this.index = first.index;
    this.readings$ = this.stream.readings$;
  }

  /** The current tick; null at the end. */
  get current(): TickRecord | null {
    return this.tick;
  }

  /** Emits the reading of the current tick; after that, each command leads to the next one. */
  start(): void {
    if (this.tick !== null) this.emitNext(this.tick);
  }

  /** Returns the recorded command as sent when the given one is the same. Throws E_PLAYBACK_MISMATCH where none was recorded. */
  apply(command: SafeCommand): Applied {
    const { tick } = this;
    const targets = command.targets.slice();
    const recorded = this.requireRecordedTick(tick);
    const differs = firstMismatch(targets, recorded.targets);
    this.counts.ticks++;
    if (differs >= 0) {
      this.counts.commandMismatches++;
      this.counts.firstMismatch ??= {
        tick: tick!.index,
        kind: 'command',
        name: this.spec.joints[differs]?.name ?? String(differs),
        recorded: recorded.targets[differs] ?? NaN,
        played: targets[differs] ?? NaN,
      };
    }
    void this.next().then((next) => {
      if (next === null) return;
      if (next.episode?.startsLoop === true) this.segmentEnds$.next();
      else this.emitNext(next);
    });
    return { sequence: command.sequence, targets: differs < 0 ? recorded.applied.slice() : targets };
  }

  /** Advances to the next tick without a command, where the recorded control loop ended; null at the end. Throws E_LOG_FILE. */
  async skip(): Promise<TickRecord | null> {
    const tick = await this.next();
    if (this.stream.failure) throw this.stream.failure;
    return tick;
  }

  /** Throws E_PLAYBACK_MISMATCH when no recorded episode starts at this tick. */
  async reset(signal?: AbortSignal): Promise<Reading> {
    await Promise.resolve();
    throwIfResetAborted(signal);
    if (this.stream.failure) throw this.stream.failure;
    const episode = this.tick?.episode;
    if (episode !== null && episode !== undefined) return episode.reading;
    throw new SoftqdError('E_PLAYBACK_MISMATCH', `an episode starts where the recording has none${at(this.tick)}`);
  }

  async arm(): Promise<void> {
    await Promise.resolve();
    if (this.stream.failure) throw this.stream.failure;
    if (this.closed) throw new SoftqdError('E_PLAYBACK_MISMATCH', 'cannot arm: the recording is closed');
  }

  disarm(plan: StopPlan): Promise<StopReport> {
    return Promise.resolve(stopReport(plan, null));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stream.complete();
    this.tick = null;
    await this.iterator.return?.();
  }

  private requireRecordedTick(tick: TickRecord | null): NonNullable<TickRecord['command']> {
    if (this.stream.failure) throw this.stream.failure;
    if (tick?.command) return tick.command;
    throw new SoftqdError(
      'E_PLAYBACK_MISMATCH',
      tick === null
        ? 'cannot send a command: end of the recording'
        : `the control loop continues where the recording ended${at(tick)}`,
    );
  }

  private async next(): Promise<TickRecord | null> {
    try {
      const result = await this.iterator.next();
      if (this.stream.closed) return null;
      this.tick = result.done === true ? null : result.value;
      if (this.tick === null) this.stream.complete();
      else if (this.tick.index === this.index + 1) this.index++;
      else throw gap(this.index, this.tick.index);
      return this.tick;
    } catch (thrown) {
      this.tick = null;
      this.stream.fail(toSoftqdError(thrown));
      return null;
    }
  }

  private emitNext({ reading }: TickRecord): void {
    try {
      checkReading(reading, this.spec);
    } catch (error) {
      this.stream.fail(toSoftqdError(error));
      return;
    }
    this.stream.push(reading);
  }
}

/** Index of the first element whose bits differ (a missing one differs), -1 when there is none. */
function firstMismatch(played: Float64Array, recorded: Float64Array): number {
  const length = Math.max(played.length, recorded.length);
  for (let i = 0; i < length; i++) if (!Object.is(played[i], recorded[i])) return i;
  return -1;
}

function at(tick: TickRecord | null): string {
  return tick === null ? '' : ` (tick ${tick.index})`;
}

function gap(before: number, after: number): SoftqdError {
  return new SoftqdError(
    'E_LOG_FILE',
    `ticks ${before + 1} to ${after - 1} are missing in the log; playback cannot continue`,
    {
      hint: 'The disk was too slow during recording, or a log file is missing. Use another recording.',
      values: { before, after },
    },
  );
}
