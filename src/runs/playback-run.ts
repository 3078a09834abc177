import { Observable } from 'rxjs';
import { NS_PER_MS, NS_PER_S, type Clock } from '../base/clock.ts';
import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import { XoshiroRandom } from '../base/random.ts';
import { openPlayback, type PlaybackBody, type PlaybackDifference } from '../driver/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { controlLine, Lane, type ClosedLook, type Sent, type Tick } from '../control/index.ts';
import type { Policy } from '../policy/port.ts';
import type { CommandUi } from './command-ui.ts';
import { createGuardFor, createPolicy, selectRobotAndTask, type Selected } from './components.ts';
import { jointNames, type LineFacts } from './recording-header.ts';
import { verifiedSnapshot } from './policy-switcher.ts';
import { RecordedLine } from './recording.ts';
import { RecordedPolicy } from './recorded-policy.ts';
import { transitionDifference, vectorDifference } from './transition-mismatch.ts';

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
    readonly differing: number;
    /** Whether actions were drawn again, with the recorded seed, or taken from the recording. */
    readonly actions: 'drawn' | 'recorded';
    readonly transitionsDiffering: number;
    readonly firstDifference: PlaybackDifference | null;
  };
  readonly interrupted: boolean;
}

/**
 * The whole control line over a recorded log: same readings in, same commands out. What is compared, bit by bit: actions (where they are
 * drawn again), commands behind the guard, transitions, ends of episodes. Throws E_LOG_FILE, E_USAGE (another robot or task),
 * E_PLAYBACK_DIFFERS where nothing more can be compared.
 */
export async function playbackRun(options: PlaybackRunOptions): Promise<PlaybackRunResult> {
  const recorded = await RecordedLine.open(options.file);
  try {
    const selected = selectRecorded(options.loaded, recorded.facts);
    const { body, resetter } = await openPlayback({ robot: selected.robot, ticks: recorded.ticks() });
    try {
      return await new PlaybackRun(options, { recorded, selected, body, resetter }).run();
    } finally {
      await body.close();
    }
  } finally {
    await recorded.close();
  }
}

/** How a playback went wrong, as an error; null when it did not. */
export function playbackError({ playback }: PlaybackRunResult): SoftqdError | null {
  const { firstDifference: first, differing, ticks, transitionsDiffering } = playback;
  if (first === null) return null;
  return new SoftqdError(
    'E_PLAYBACK_DIFFERS',
    `tick ${first.tick}, ${first.part} ${first.name}: played ${first.played}, recorded ${first.recorded}; ` +
      `${differing} of ${ticks} commands and ${transitionsDiffering} transitions differ`,
    { values: { tick: first.tick, part: first.part, name: first.name, differing, ticks } },
  );
}

function selectRecorded(loaded: LoadedConfig, facts: LineFacts): Selected {
  const { robot } = loaded;
  const selected = selectRobotAndTask(
    robot === null ? loaded : { ...loaded, robot: { ...robot, controlPeriodS: facts.controlPeriodS } },
  );
  for (const [what, recorded, here] of [
    ['robot', facts.robot, selected.robot.name],
    ['task', facts.task, selected.taskFile.name],
    ['joints', facts.joints.join(' '), jointNames(selected.robot).join(' ')],
  ] as const) {
    if (recorded === here) continue;
    throw new SoftqdError('E_USAGE', `${what}: the recording has ${recorded}, --robot and --task say ${here}`, {
      hint: `Pass --robot ${facts.robot} --task ${facts.task}.`,
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

  at(): () => void {
    throw new SoftqdError('E_INTERNAL', 'nothing waits in a recording');
  }
}

interface PlaybackParts {
  readonly recorded: RecordedLine;
  readonly selected: Selected;
  readonly body: PlaybackBody;
  readonly resetter: Lane['rooms']['resetter'];
}

class PlaybackRun {
  private readonly options: PlaybackRunOptions;
  private readonly parts: PlaybackParts;
  private readonly clock = new RecordedClock();
  private readonly counter = { sessionUuid: 'playback', next: 0 };
  private readonly lane: Lane;
  private readonly drawn: boolean;
  private readonly untilNs: number;
  private transitionsDiffering = 0;
  private nextEpisode = 0;
  private stopped = false;

  constructor(options: PlaybackRunOptions, parts: PlaybackParts) {
    this.options = options;
    this.parts = parts;
    const { recorded, selected, body, resetter } = parts;
    const { facts } = recorded;
    // Without a policy and without learning the actions were drawn from the seed alone.
    this.drawn = options.policy !== null || (facts.policySha256 === null && !facts.learn);
    const { controlPeriodS, simulated, mode } = facts;
    const guard = createGuardFor(selected.robot, { simulated, controlPeriodS, clock: this.clock });
    const policy = this.drawn ? this.drawingPolicy() : new RecordedPolicy(body);
    this.lane = new Lane({ body, resetter, task: selected.task, policy, mode, guard });
    const beganNs = body.current?.startNs ?? 0;
    this.untilNs = options.durationS === null ? Infinity : beganNs + options.durationS * NS_PER_S;
  }

  async run(): Promise<PlaybackRunResult> {
    const { body } = this.parts;
    while (body.current !== null && !this.stopped) {
      this.arm(body.current.episode);
      await this.drive();
    }
    const { counts } = body;
    return {
      ticks: counts.ticks,
      clips: Object.fromEntries(this.lane.rooms.guard.clips),
      transitions: this.counter.next,
      playback: {
        ticks: counts.ticks,
        differing: counts.differing,
        actions: this.drawn ? 'drawn' : 'recorded',
        transitionsDiffering: this.transitionsDiffering,
        firstDifference: counts.firstDifference,
      },
      interrupted: this.options.ui.signal.aborted,
    };
  }

  private drawingPolicy(): Policy {
    const { selected, recorded } = this.parts;
    const { policy: bytes, ui } = this.options;
    const policy = createPolicy(selected, new XoshiroRandom(recorded.facts.seed).fork('policy'), false);
    if (bytes === null) return policy;
    policy.load(verifiedSnapshot(bytes, selected.identity), 1);
    if (sha256Hex(bytes) !== recorded.facts.policySha256) {
      ui.note('this is not the policy file that the recording began with: its actions will differ');
    }
    return policy;
  }

  private arm(episode: NonNullable<PlaybackBody['current']>['episode']): void {
    if (episode?.arms !== true) {
      throw new SoftqdError('E_LOG_FILE', 'the recording does not begin where its line was armed', {
        hint: 'Pass the whole log: the log folder of the run, or its first file.',
      });
    }
    const { guard } = this.lane.rooms;
    this.clock.timeNs = episode.reading.arrivalNs;
    this.lane.begin(episode.reading, episode.state, this.nextEpisode++);
    guard.disarm();
    guard.arm(episode.reading);
  }

  /** One line of the recording, from its arming to its end. */
  private async drive(): Promise<void> {
    const { body } = this.parts;
    const { loaded, robot } = this.parts.selected;
    const { readingMaxAgeMs } = loaded.config.control;
    await new Promise<void>((resolve, reject) => {
      controlLine({
        ticks$: this.ticks(),
        lanes: [this.lane],
        clock: this.clock,
        maxReadingAgeNs: readingMaxAgeMs === null ? robot.readingMaxAgeS * NS_PER_S : readingMaxAgeMs * NS_PER_MS,
        counter: this.counter,
        settler: ([look]) => this.settle(look!),
        onDropped: () => undefined,
      }).subscribe({ next: (sent) => this.compareAction(sent), error: reject, complete: resolve });
    });
    // The last look of a line has no command; the tick behind it begins the next one.
    if (body.current?.command === null) await body.skip();
  }

  /** A tick for each reading of the recording, at its time. */
  private ticks(): Observable<Tick> {
    const { body } = this.parts;
    return new Observable((subscriber) => {
      const readings = body.readings$.subscribe({
        next: () => {
          const { index, startNs, command } = body.current!;
          this.clock.timeNs = command?.checkedNs ?? startNs;
          subscriber.next({ index, deadlineNs: startNs, wokeNs: startNs, startNs, skipped: 0 });
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      const ends = body.lineEnds$.subscribe(() => subscriber.complete());
      body.start();
      return () => {
        readings.unsubscribe();
        ends.unsubscribe();
      };
    });
  }

  private settle({ transition, end, tick }: ClosedLook): boolean {
    this.compareTransition(transition);
    const current = this.parts.body.current!;
    this.followSafety(current.safetyState);
    if (this.options.ui.signal.aborted || tick.startNs >= this.untilNs) {
      this.stopped = true;
      return false;
    }
    if (current.command === null) return false;
    const episode = current.episode?.arms === false ? current.episode : null;
    if ((end !== null) !== (episode !== null)) {
      const [played, recorded] = [Number(end !== null), Number(episode !== null)];
      this.differs({ part: 'episode', name: 'ended', recorded, played });
      // What follows is another episode than the recorded one.
      this.stopped = true;
      return false;
    }
    if (episode !== null) this.lane.begin(episode.reading, episode.state, this.nextEpisode++);
    return true;
  }

  /** A stop that came from outside the line comes again. */
  private followSafety(recorded: string): void {
    const { guard } = this.lane.rooms;
    if (guard.state !== 'armed') return;
    if (recorded === 'stopping') guard.stop(null);
    if (recorded === 'disarmed') guard.disarm();
  }

  private compareTransition(played: ClosedLook['transition']): void {
    const { transition: recorded } = this.parts.recorded;
    // The log may have lost one to a slow disk; one that only the recording has is another line.
    if (recorded === null) return;
    const found =
      played === null ? { name: 'missing', recorded: 1, played: 0 } : transitionDifference(recorded, played);
    if (found === null) return;
    this.transitionsDiffering++;
    this.differs({ part: 'transition', ...found });
  }

  private compareAction({ action, stale }: Sent): void {
    const recorded = this.parts.body.current?.command;
    if (!this.drawn || stale || !recorded) return;
    const found = vectorDifference('', recorded.proposedAction, action);
    if (found !== null) this.differs({ part: 'action', ...found });
  }

  private differs(difference: Omit<PlaybackDifference, 'tick'>): void {
    const { counts, current } = this.parts.body;
    const tick = current?.index ?? 0;
    const { firstDifference: first } = counts;
    // An action differs before the command that it becomes.
    const earlier = first === null || (first.tick === tick && difference.part === 'action' && first.part === 'command');
    if (earlier) counts.firstDifference = { tick, ...difference };
  }
}
