import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { sha256Hex } from '../../base/digest-adapter.ts';
import { SoftqdError } from '../../base/errors.ts';
import { XoshiroRandom } from '../../base/random.ts';
import type { LoadedConfig, TaskFile } from '../../config/index.ts';
import {
  beginEpisode,
  controlLoop,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
  type RobotState,
  withRobot,
} from '../../control/index.ts';
import { openPlayback, type PlaybackDriver, type PlaybackMismatch } from '../../driver/index.ts';
import type { TickEpisode } from '../../experience/index.ts';
import type { Policy } from '../../policy/port.ts';
import type { GuardMemory } from '../../safety/port.ts';
import type { CommandUi } from '../command-ui.ts';
import { createGuardForRobot, createPolicy, resolveRobotAndTask, type RobotAndTask } from '../components.ts';
import { verifiedSnapshot } from '../policy-switcher.ts';
import { maxReadingAgeNs } from '../reading-age.ts';
import { jointNames, type RecordingHeader } from '../recording-header.ts';
import { PlaybackComparison } from './playback-comparison.ts';
import { playbackTicks } from './playback-ticks.ts';
import { RecordedPolicy } from './recorded-policy.ts';
import { Recording } from './recording.ts';

export interface PlaybackRunOptions {
  /** Robot and task as they are configured now; the control rate is the recording's. */
  readonly loaded: LoadedConfig;
  /** An .mcap file, a log folder or a run directory. */
  readonly file: string;
  /** A policy file's bytes: its actions are compared, too. null: the recorded actions are proposed again. */
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
    /** Ticks whose safe command differs in a bit. */
    readonly commandMismatches: number;
    /** Whether actions were drawn again, with the recorded seed, or taken from the recording. */
    readonly actions: 'recomputed' | 'recorded';
    readonly transitionMismatches: number;
    readonly firstMismatch: PlaybackMismatch | null;
  };
  readonly interrupted: boolean;
}

/**
 * The control loop over a recorded log: the same readings must give the same commands. Compared bit by bit: actions (where they are
 * drawn again), safe commands, transitions, ends of episodes. Throws E_LOG_FILE, E_USAGE (another robot or task) and
 * E_PLAYBACK_MISMATCH when no further comparison is possible, or the task's module has changed.
 */
export async function playbackRun(options: PlaybackRunOptions): Promise<PlaybackRunResult> {
  const recorded = await Recording.open(options.file);
  try {
    const selected = selectRecorded(options.loaded, recorded.header);
    const { driver } = await openPlayback({ robot: selected.robot, ticks: recorded.ticks() });
    try {
      return await new PlaybackRun(options, { recorded, selected, driver }).run();
    } finally {
      await driver.close();
    }
  } finally {
    await recorded.close();
  }
}

/** The first mismatch as an error; null: none. */
export function playbackError({ playback }: PlaybackRunResult): SoftqdError | null {
  const { firstMismatch: first, commandMismatches, ticks, transitionMismatches } = playback;
  if (first === null) return null;
  return new SoftqdError(
    'E_PLAYBACK_MISMATCH',
    `first mismatch at tick ${first.tick}, ${first.kind} ${first.name}: ${first.played} (playback) vs ${first.recorded} (recording); ` +
      `${commandMismatches} of ${ticks} commands and ${transitionMismatches} transitions differ`,
    { values: { tick: first.tick, part: first.kind, name: first.name, commandMismatches, ticks } },
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
  checkTaskModule(header.taskModuleSha256 ?? null, selected.taskFile);
  return selected;
}

function checkTaskModule(recorded: string | null, { name, module, moduleSha256 }: TaskFile): void {
  const here = moduleSha256 ?? null;
  if (recorded === here) return;
  throw new SoftqdError('E_PLAYBACK_MISMATCH', `the module ${module ?? '-'} of task ${name} is not the recorded one`, {
    hint: 'Restore the sources that the task had when it was recorded.',
    values: { task: name, recorded, here },
  });
}

/** The recorded time at which the guard checked the command. */
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
}

class PlaybackRun {
  private readonly options: PlaybackRunOptions;
  private readonly setup: PlaybackSetup;
  private readonly clock = new RecordedClock();
  private readonly robot: RobotComponents;
  private readonly comparison: PlaybackComparison;
  private readonly actions: 'recomputed' | 'recorded';
  private readonly untilNs: number;
  private nextSequence = 0;
  private nextEpisode = 0;
  private stopped = false;

  constructor(options: PlaybackRunOptions, setup: PlaybackSetup) {
    this.options = options;
    this.setup = setup;
    const { recorded, selected, driver } = setup;
    const { controlPeriodS, simulated, mode, policySha256, learn } = recorded.header;
    // Without a policy and without learning the actions were drawn from the seed alone.
    this.actions = options.policy !== null || (policySha256 === null && !learn) ? 'recomputed' : 'recorded';
    const guard = createGuardForRobot(selected.robot, { simulated, controlPeriodS, clock: this.clock });
    const policy = this.actions === 'recomputed' ? this.recomputingPolicy() : new RecordedPolicy(driver);
    this.robot = { driver, task: selected.task, policy, mode, guard };
    this.comparison = new PlaybackComparison(recorded, driver, this.actions);
    const beganNs = driver.current?.startNs ?? 0;
    this.untilNs = options.durationS === null ? Infinity : beganNs + options.durationS * NS_PER_S;
  }

  async run(): Promise<PlaybackRunResult> {
    const { driver } = this.setup;
    while (driver.current !== null && !this.stopped) await this.drive(this.arm(driver.current.episode));
    const { ticks, commandMismatches, firstMismatch } = driver.counts;
    const { transitionMismatches } = this.comparison;
    return {
      ticks,
      clips: Object.fromEntries(this.robot.guard.clips),
      transitions: this.nextSequence,
      playback: { ticks, commandMismatches, actions: this.actions, transitionMismatches, firstMismatch },
      interrupted: this.options.ui.signal.aborted,
    };
  }

  private recomputingPolicy(): Policy {
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

  private arm(episode: NonNullable<PlaybackDriver['current']>['episode']): RobotState {
    if (episode?.startsLoop !== true) {
      throw new SoftqdError('E_LOG_FILE', 'the recording does not start with arming', {
        hint: 'Pass the complete log: the log directory of the run, or its first file.',
      });
    }
    const { guard } = this.robot;
    this.clock.timeNs = episode.reading.arrivalNs;
    const state = this.beginEpisode(episode, guard.initialMemory);
    guard.disarm();
    return { ...state, guard: guard.arm(state.guard, state.reading) };
  }

  private beginEpisode({ reading, state }: TickEpisode, guardMemory: GuardMemory): RobotState {
    return beginEpisode(this.robot, guardMemory, { reading, initialState: state, episode: this.nextEpisode++ });
  }

  /** One recorded loop, from its arming to its end. */
  private async drive(robotState: RobotState): Promise<void> {
    const { driver, selected } = this.setup;
    const { closed$, applied$ } = controlLoop({
      ticks$: playbackTicks(driver, (timeNs) => {
        this.clock.timeNs = timeNs;
      }),
      robots: [this.robot],
      initial: { nextSequence: this.nextSequence, robots: [robotState] },
      clock: this.clock,
      sessionUuid: 'playback',
      maxReadingAgeNs: maxReadingAgeNs(selected),
      barrier: (tick) => this.barrier(tick),
    });
    closed$.subscribe((tick) => this.comparison.closed(tick));
    await new Promise<void>((resolve, reject) => {
      applied$.subscribe({ next: (tick) => this.comparison.applied(tick), error: reject, complete: resolve });
    });
    // The last tick of a loop has no command; the tick after it begins the next loop.
    if (driver.current?.command === null) await driver.skip();
  }

  private barrier({ state, steps, tick }: ClosedTick): LoopState | null {
    this.nextSequence = state.nextSequence;
    const { end } = steps[0]!;
    const current = this.setup.driver.current!;
    this.repeatStop(current.safetyState);
    if (this.options.ui.signal.aborted || tick.startNs >= this.untilNs) {
      this.stopped = true;
      return null;
    }
    if (current.command === null) return null;
    const episode = current.episode?.startsLoop === false ? current.episode : null;
    if ((end !== null) !== (episode !== null)) {
      this.comparison.episodeMismatch(end !== null, episode !== null);
      // What follows is not the recorded episode.
      this.stopped = true;
      return null;
    }
    return episode === null ? state : withRobot(state, 0, this.beginEpisode(episode, state.robots[0]!.guard));
  }

  /** A stop from outside the loop is repeated. */
  private repeatStop(recorded: string): void {
    const { guard } = this.robot;
    if (guard.state !== 'armed') return;
    if (recorded === 'stopping') guard.stop(null);
    if (recorded === 'disarmed') guard.disarm();
  }
}
