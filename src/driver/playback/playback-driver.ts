import { Subject, type Observable } from 'rxjs';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import { checkReading, type Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { TickRecord } from '../../wire/experience/tick-record.ts';
import { throwIfResetAborted } from '../next-reading.ts';
import type { Driver, DriverEvent, Resetter, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { newPlaybackCounts, type PlaybackStatistics } from './playback-statistics.ts';

export interface OpenPlaybackOptions {
  /** Whose log it is: joints in this order, sensors. */
  readonly robot: RobotSpec;
  /** The recorded ticks, index by index without a gap; may be read as it plays. */
  readonly ticks: AsyncIterable<TickRecord>;
}

export interface Playback {
  readonly driver: PlaybackDriver;
  /** Answers with the reading at which the recorded episode began, whatever state is asked for. */
  readonly resetter: Resetter;
}

/**
 * Opens a recording as a body; it stands at the first tick. Throws E_LOG_FILE when there is none, E_READING_* when it is another
 * robot's.
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
 * A recorded robot: the readings of the recording, one after each command (or `skip`), however fast the line is. Each command is
 * compared, bit by bit, with the one recorded at that tick. readings$ completes at the end of the recording and errors with E_LOG_FILE
 * where ticks are missing in it.
 */
export class PlaybackDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly counts: PlaybackStatistics = newPlaybackCounts();
  /** Emits where the recorded line ended without another look (its robot was lost) and a new one begins with the current tick. */
  readonly segmentEnds$ = new Subject<void>();
  private readonly stream = new ReadingStream();
  private readonly iterator: AsyncIterator<TickRecord>;
  private tick: TickRecord | null;
  /** Of the newest tick that was taken from the recording. */
  private index: number;
  private closed = false;

  constructor(spec: RobotSpec, iterator: AsyncIterator<TickRecord>, first: TickRecord) {
    this.spec = spec;
    this.iterator = iterator;
    this.tick = first;
    this.index = first.index;
    this.readings$ = this.stream.readings$;
  }

  /** The tick that is played now; null at the end. */
  get current(): TickRecord | null {
    return this.tick;
  }

  /** Gives out the reading of the tick that is played now; afterwards each command brings the next. */
  start(): void {
    if (this.tick !== null) this.emitNext(this.tick);
  }

  /** Compares; returns what the recorded robot reported as sent where the command is the same. Throws E_PLAYBACK_MISMATCH where none was recorded. */
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

  /** Goes to the next tick without a command, where the recorded line ended; null at the end. Nothing is given out. Throws E_LOG_FILE. */
  async skip(): Promise<TickRecord | null> {
    const tick = await this.next();
    if (this.stream.failure) throw this.stream.failure;
    return tick;
  }

  /** Throws E_PLAYBACK_MISMATCH when no episode began here in the recording. */
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

  disarm(): Promise<void> {
    return Promise.resolve();
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
