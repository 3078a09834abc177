import { Observable } from 'rxjs';
import { NS_PER_MS, NS_PER_S, type Clock } from '../base/clock.ts';
import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import { XoshiroRandom } from '../base/random.ts';
import { openPlayback, throwOnFault, type PlaybackDriver, type PlaybackMismatch } from '../driver/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { controlLoop, RobotInstance, type TickStep, type AppliedCommand, type Tick } from '../control/index.ts';
import type { Policy } from '../policy/port.ts';
import type { CommandUi } from './command-ui.ts';
import { createGuardForRobot, createPolicy, resolveRobotAndTask, type RobotAndTask } from './components.ts';
import { jointNames, type RecordingHeader } from './recording-header.ts';
import { verifiedSnapshot } from './policy-switcher.ts';
import { Recording } from './recording.ts';
import { RecordedPolicy } from './recorded-policy.ts';
import { transitionMismatch, vectorMismatch } from './transition-mismatch.ts';

export interface PlaybackRunOptions {
  /** Robot and task as they are configured now; the control rate is the recording's. */
  readonly loaded: LoadedConfig;
  /** An .mcap file, a log folder or a run directory. */
  readonly file: string;
  /** A policy file's bytes: what it proposes is compared, too. null: what was proposed in the recording is proposed again. */
  readonly policy: Uint8Array | null;
  /** Recorded seconds after which it ends; null = all. */
  readonly durationS: number | null;
  readonly ui: CommandUi;
}

export interface PlaybackRunResult {
  readonly ticks: number;
  readonly clips: Readonly<Record<string, number>>;
  readonly transitions: number;
  readonly playback: {
    readonly ticks: number;
    /** Ticks whose command, behind the guard, differs in a bit. */
    readonly commandMismatches: number;
    /** Whether actions were drawn again, with the recorded seed, or taken from the recording. */
    readonly actions: 'drawn' | 'recorded';
    readonly transitionMismatches: number;
    readonly firstMismatch: PlaybackMismatch | null;
  };
  readonly interrupted: boolean;
}

/**
 * The whole control line over a recorded log: same readings in, same commands out. What is compared, bit by bit: actions (where they are
 * drawn again), commands behind the guard, transitions, ends of episodes. Throws E_LOG_FILE, E_USAGE (another robot or task),
 * E_PLAYBACK_MISMATCH where nothing more can be compared.
 */
export async function playbackRun(options: PlaybackRunOptions): Promise<PlaybackRunResult> {
  const recorded = await Recording.open(options.file);
  try {
    const selected = selectRecorded(options.loaded, recorded.header);
    const { driver, resetter } = await openPlayback({ robot: selected.robot, ticks: recorded.ticks() });
    try {
      return await new PlaybackRun(options, { recorded, selected, driver, resetter }).run();
    } finally {
      await driver.close();
    }
  } finally {
    await recorded.close();
  }
}

/** How a playback went wrong, as an error; null when it did not. */
export function playbackError({ playback }: PlaybackRunResult): SoftqdError | null {
  const { firstMismatch: first, commandMismatches, ticks, transitionMismatches } = playback;
  if (first === null) return null;
  return new SoftqdError(
    'E_PLAYBACK_MISMATCH',
    `first mismatch at tick ${first.tick}, ${first.kind} ${first.name}: ${first.played} (playback) vs ${first.recorded} (recording); ` +
      `${commandMismatches} of ${ticks} commands and ${transitionMismatches} transitions differ`,
    { values: { tick: first.tick, part: first.kind, name: first.name, differing: commandMismatches, ticks } },
  );
}

function selectRecorded(loaded: LoadedConfig, header: RecordingHeader): RobotAndTask {
  const { robot } = loaded;
  const selected = resolveRobotAndTask(
    robot === null ? loaded : { ...loaded, robot: { ...robot, controlPeriodS: header.controlPeriodS } },
  );
  for (const [what, recorded, here] of [
    ['robot', header.robot, selected.robot.name],
    ['task', header.task, selected.taskFile.name],
    ['joints', header.joints.join(' '), jointNames(selected.robot).join(' ')],
  ] as const) {
    if (recorded === here) continue;
    throw new SoftqdError('E_USAGE', `${what}: recorded ${recorded}, requested ${here}`, {
      hint: `Pass --robot ${header.robot} --task ${header.task}.`,
      values: { what, recorded, here },
    });
  }
  return selected;
}

/** Stands where the recording stood when the guard looked. */
class RecordedClock implements Clock {
  timeNs = 0;

  nowNs(): number {
    return this.timeNs;
  }

  setTimer(): () => void {
    throw new SoftqdError('E_INTERNAL', 'timers are not available in a playback');
  }
}

interface PlaybackSetup {
  readonly recorded: Recording;
  readonly selected: RobotAndTask;
  readonly driver: PlaybackDriver;
  readonly resetter: RobotInstance['components']['resetter'];
}

class PlaybackRun {
  private readonly options: PlaybackRunOptions;
  private readonly setup: PlaybackSetup;
  private readonly clock = new RecordedClock();
  private readonly counter = { sessionUuid: 'playback', next: 0 };
  private readonly instance: RobotInstance;
  private readonly recomputed: boolean;
  private readonly untilNs: number;
  private transitionMismatches = 0;
  private nextEpisode = 0;
  private stopped = false;

  constructor(options: PlaybackRunOptions, setup: PlaybackSetup) {
    this.options = options;
    this.setup = setup;
    const { recorded, selected, driver, resetter } = setup;
    const { header } = recorded;
    // Without a policy and without learning the actions were drawn from the seed alone.
    this.recomputed = options.policy !== null || (header.policySha256 === null && !header.learn);
    const { controlPeriodS, simulated, mode } = header;
    const guard = createGuardForRobot(selected.robot, { simulated, controlPeriodS, clock: this.clock });
    const policy = this.recomputed ? this.recomputedPolicy() : new RecordedPolicy(driver);
    this.instance = new RobotInstance({ driver, resetter, task: selected.task, policy, mode, guard });
    const beganNs = driver.current?.startNs ?? 0;
    this.untilNs = options.durationS === null ? Infinity : beganNs + options.durationS * NS_PER_S;
  }

  async run(): Promise<PlaybackRunResult> {
    const { driver } = this.setup;
    while (driver.current !== null && !this.stopped) {
      this.arm(driver.current.episode);
      await this.drive();
    }
    const { counts } = driver;
    return {
      ticks: counts.ticks,
      clips: Object.fromEntries(this.instance.components.guard.clips),
      transitions: this.counter.next,
      playback: {
        ticks: counts.ticks,
        commandMismatches: counts.commandMismatches,
        actions: this.recomputed ? 'drawn' : 'recorded',
        transitionMismatches: this.transitionMismatches,
        firstMismatch: counts.firstMismatch,
      },
      interrupted: this.options.ui.signal.aborted,
    };
  }

  private recomputedPolicy(): Policy {
    const { selected, recorded } = this.setup;
    const { policy: bytes, ui } = this.options;
    const policy = createPolicy(selected, new XoshiroRandom(recorded.header.seed).fork('policy'), false);
    if (bytes === null) return policy;
    policy.load(verifiedSnapshot(bytes, selected.identity), 1);
    if (sha256Hex(bytes) !== recorded.header.policySha256) {
      ui.info('this is not the policy used in the recording; actions will differ');
    }
    return policy;
  }

  private arm(episode: NonNullable<PlaybackDriver['current']>['episode']): void {
    if (episode?.startsLoop !== true) {
      throw new SoftqdError('E_LOG_FILE', 'the recording does not start with arming', {
        hint: 'Pass the complete log: the log directory of the run, or its first file.',
      });
    }
    const { guard } = this.instance.components;
    this.clock.timeNs = episode.reading.arrivalNs;
    this.instance.begin(episode.reading, episode.state, this.nextEpisode++);
    guard.disarm();
    guard.arm(episode.reading);
  }

  /** One line of the recording, from its arming to its end. */
  private async drive(): Promise<void> {
    const { driver } = this.setup;
    const { loaded, robot } = this.setup.selected;
    const { readingMaxAgeMs } = loaded.config.control;
    await new Promise<void>((resolve, reject) => {
      controlLoop({
        ticks$: this.ticks(),
        instances: [this.instance],
        clock: this.clock,
        maxReadingAgeNs: readingMaxAgeMs === null ? robot.readingMaxAgeS * NS_PER_S : readingMaxAgeMs * NS_PER_MS,
        counter: this.counter,
        onStep: ([look]) => this.settle(look!),
        onDropped: () => undefined,
      }).subscribe({ next: (sent) => this.compareAction(sent), error: reject, complete: resolve });
    });
    // The last look of a line has no command; the tick behind it begins the next one.
    if (driver.current?.command === null) await driver.skip();
  }

  /** A tick for each reading of the recording, at its time. */
  private ticks(): Observable<Tick> {
    const { driver } = this.setup;
    return new Observable((subscriber) => {
      const readings = driver.readings$.pipe(throwOnFault()).subscribe({
        next: () => {
          const { index, startNs, command } = driver.current!;
          this.clock.timeNs = command?.checkedNs ?? startNs;
          subscriber.next({ index, deadlineNs: startNs, wakeNs: startNs, startNs, skipped: 0 });
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      const ends = driver.segmentEnds$.subscribe(() => subscriber.complete());
      driver.start();
      return () => {
        readings.unsubscribe();
        ends.unsubscribe();
      };
    });
  }

  private settle({ transition, end, tick }: TickStep): boolean {
    this.compareTransition(transition);
    const current = this.setup.driver.current!;
    this.applyRecordedSafety(current.safetyState);
    if (this.options.ui.signal.aborted || tick.startNs >= this.untilNs) {
      this.stopped = true;
      return false;
    }
    if (current.command === null) return false;
    const episode = current.episode?.startsLoop === false ? current.episode : null;
    if ((end !== null) !== (episode !== null)) {
      const [played, recorded] = [Number(end !== null), Number(episode !== null)];
      this.recordMismatch({ kind: 'episode', name: 'ended', recorded, played });
      // What follows is another episode than the recorded one.
      this.stopped = true;
      return false;
    }
    if (episode !== null) this.instance.begin(episode.reading, episode.state, this.nextEpisode++);
    return true;
  }

  /** A stop that came from outside the line comes again. */
  private applyRecordedSafety(recorded: string): void {
    const { guard } = this.instance.components;
    if (guard.state !== 'armed') return;
    if (recorded === 'stopping') guard.stop(null);
    if (recorded === 'disarmed') guard.disarm();
  }

  private compareTransition(played: TickStep['transition']): void {
    const { transition: recorded } = this.setup.recorded;
    // The log may have lost one to a slow disk; one that only the recording has is another line.
    if (recorded === null) return;
    const found = played === null ? { name: 'missing', recorded: 1, played: 0 } : transitionMismatch(recorded, played);
    if (found === null) return;
    this.transitionMismatches++;
    this.recordMismatch({ kind: 'transition', ...found });
  }

  private compareAction({ action, stale }: AppliedCommand): void {
    const recorded = this.setup.driver.current?.command;
    if (!this.recomputed || stale || !recorded) return;
    const found = vectorMismatch('', recorded.proposedAction, action);
    if (found !== null) this.recordMismatch({ kind: 'action', ...found });
  }

  private recordMismatch(difference: Omit<PlaybackMismatch, 'tick'>): void {
    const { counts, current } = this.setup.driver;
    const tick = current?.index ?? 0;
    const { firstMismatch: first } = counts;
    // An action differs before the command that it becomes.
    const earlier = first === null || (first.tick === tick && difference.kind === 'action' && first.kind === 'command');
    if (earlier) counts.firstMismatch = { tick, ...difference };
  }
}
