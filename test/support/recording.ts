import { Subject } from 'rxjs';
import { SimulatedClock, type Cancel, type Clock } from '../../src/base/clock.ts';
import { sha256Hex } from '../../src/base/digest-adapter.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import type { TransitionLog } from '../../src/experience/index.ts';
import { ScriptedDriver, type SafeCommand } from '../../src/driver/index.ts';
import { loadConfig, type LoadedConfig } from '../../src/config/index.ts';
import {
  beginEpisode,
  controlLoop,
  withRobot,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
  type RobotState,
  type Tick,
} from '../../src/control/index.ts';
import { createGuardForRobot, createPolicy, resolveRobotAndTask } from '../../src/runs/components.ts';
import { jointNames } from '../../src/runs/recording-header.ts';
import { verifiedSnapshot } from '../../src/runs/policy-switcher.ts';
import { TickLog } from '../../src/runs/real-time/tick-log.ts';
import type { Applied } from '../../src/robot/command.ts';
import { openTestLog, SESSION } from './experience/transitions.ts';

/** A clock that advances at each call, in fractions of nanoseconds, like a real clock. */
class CreepingClock implements Clock {
  readonly base = new SimulatedClock(1e9 / 3);
  private crept = 0;

  nowNs(): number {
    this.crept += 137 / 3;
    return this.base.nowNs() + this.crept;
  }
  setTimer(deadlineNs: number, callback: () => void): Cancel {
    return this.base.setTimer(deadlineNs, callback);
  }
}

/** Sends float32, as a microcontroller receives it, and reports it. */
class Float32Driver extends ScriptedDriver {
  override apply(command: SafeCommand): Applied {
    const { sequence, targets } = super.apply(command);
    return { sequence, targets: Float64Array.from(targets, Math.fround) };
  }
}

export interface RecordedRunOptions {
  readonly directory: string;
  readonly robot: string;
  readonly task: string;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly ticks: number;
  readonly policy?: Uint8Array | null;
  /** Ticks without a new reading for longer than the age limit. */
  readonly staleAt?: readonly number[];
  /** The loop ends here (the robot was lost) and is armed again. */
  readonly lostAt?: number;
  /** An operator stops it here. */
  readonly stoppedAt?: number;
}

export function configOf(
  robot: string,
  task: string,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<LoadedConfig> {
  return loadConfig({ robot, task, flags, env: {} });
}

/**
 * Drives the real loop over a scripted driver with made-up, irregular times, and records it as `softqd run` does: uniformly random (or a
 * policy's) actions, episodes, stale readings, a loss, float32 on the wire. The same options give the same recording.
 */
export async function recordRun(options: RecordedRunOptions): Promise<void> {
  const { directory, flags = {}, policy: bytes = null } = options;
  const selected = resolveRobotAndTask(await configOf(options.robot, options.task, flags));
  const { robot, task, taskFile, identity } = selected;
  const clock = new CreepingClock();
  const { log } = await openTestLog(directory, { mode: 'real-time' });
  const random = new XoshiroRandom(0);
  const policy = createPolicy(selected, random.fork('policy'), false);
  if (bytes !== null) policy.load(verifiedSnapshot(bytes, identity), 1);
  const driver = new Float32Driver({ spec: robot, clock, lockStep: false });
  const guard = createGuardForRobot(robot, { simulated: true, controlPeriodS: robot.controlPeriodS, clock });
  const header = {
    ...{ robot: robot.name, joints: jointNames(robot), task: taskFile.name },
    ...{ controlPeriodS: robot.controlPeriodS, simulated: true, seed: 0, mode: 'sample' as const, learn: false },
    policySha256: bytes === null ? null : sha256Hex(bytes),
  } as const;
  const tickLog = new TickLog(log, header, clock.nowNs());
  const components = { driver, task, policy, mode: 'sample', guard } as const;
  const recorder = new Recorder(options, { components, clock, random, tickLog, log });
  if (options.lostAt !== undefined) await recorder.drive(options.lostAt);
  await recorder.drive(options.ticks);
  await log.close();
}

interface RecorderParts {
  readonly components: RobotComponents & { readonly driver: Float32Driver };
  readonly clock: CreepingClock;
  readonly random: XoshiroRandom;
  readonly tickLog: TickLog;
  readonly log: TransitionLog;
}

class Recorder {
  private readonly options: RecordedRunOptions;
  private readonly parts: RecorderParts;
  private nextSequence = 0;
  private episode = 0;
  private index = 0;

  constructor(options: RecordedRunOptions, parts: RecorderParts) {
    this.options = options;
    this.parts = parts;
  }

  /** One loop, from its arming to tick `until`. */
  async drive(until: number): Promise<void> {
    const { components, clock, tickLog, log } = this.parts;
    const { guard, driver } = components;
    const begun = await this.begin(true);
    guard.disarm();
    const state = { ...begun, guard: guard.arm(begun.guard, begun.reading) };
    const ticks$ = new Subject<Tick>();
    const { closed$, applied$ } = controlLoop({
      ticks$,
      robots: [components],
      initial: { nextSequence: this.nextSequence, robots: [state] },
      clock,
      sessionUuid: SESSION,
      maxReadingAgeNs: driver.spec.readingMaxAgeS * 1e9,
      barrier: (tick) => this.barrier(tick),
    });
    closed$.subscribe((tick) => {
      tickLog.closed(tick, guard.state);
      for (const { transition } of tick.steps) if (transition !== null) log.append(transition);
    });
    const loop = applied$.subscribe((tick) => tickLog.applied(tick));
    for (; this.index < until; this.index++) await this.tick(ticks$);
    loop.unsubscribe();
    tickLog.close();
  }

  private async tick(ticks$: Subject<Tick>): Promise<void> {
    const { staleAt = [], stoppedAt } = this.options;
    const { components, clock } = this.parts;
    const { driver, guard } = components;
    const { index } = this;
    const { readingMaxAgeS, controlPeriodS } = driver.spec;
    const periodNs = controlPeriodS * 1e9;
    const stale = staleAt.includes(index);
    const passedNs = stale ? readingMaxAgeS * 1e9 + periodNs : periodNs * (0.9 + 0.02 * (index % 11));
    clock.base.advanceTo(clock.base.nowNs() + passedNs);
    if (!stale && index % 7 !== 3) driver.push();
    if (index === stoppedAt) guard.stop(null);
    const startNs = clock.nowNs();
    ticks$.next({ index, deadlineNs: startNs - 10, wakeNs: startNs, startNs, skipped: 0 });
    // An episode starts in microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private barrier({ state, steps }: ClosedTick): LoopState | null | Promise<LoopState> {
    this.nextSequence = state.nextSequence;
    if (this.index === this.options.ticks - 1) return null;
    if (steps[0]!.end === null) return state;
    return this.begin(false, state).then((robot) => withRobot(state, 0, robot));
  }

  private async begin(startsLoop: boolean, state?: LoopState): Promise<RobotState> {
    const { components, random, tickLog } = this.parts;
    const { driver, task, guard } = components;
    const initialState = task.sampleInitialState(random);
    // The scripted driver has one position per joint, independent of the world of the task.
    const joints = driver.spec.joints.length;
    const reading = await driver.resetter.reset({
      qpos: initialState.qpos.slice(0, joints),
      qvel: initialState.qvel.slice(0, joints),
    });
    tickLog.episodeStarted(reading, initialState, startsLoop);
    const memory = state?.robots[0]?.guard ?? guard.initialMemory;
    return beginEpisode(components, memory, { reading, initialState, episode: this.episode++ });
  }
}
