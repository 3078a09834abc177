import { Subject } from 'rxjs';
import { SimulatedClock, type Cancel, type Clock } from '../../src/base/clock.ts';
import { sha256Hex } from '../../src/base/digest-adapter.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { ScriptedDriver, type SafeCommand } from '../../src/driver/index.ts';
import { loadConfig, type LoadedConfig } from '../../src/config/index.ts';
import { controlLoop, RobotInstance, type Tick } from '../../src/control/index.ts';
import { createGuardForRobot, createPolicy, resolveRobotAndTask } from '../../src/runs/components.ts';
import { jointNames } from '../../src/runs/recording-header.ts';
import { verifiedSnapshot } from '../../src/runs/policy-switcher.ts';
import { TickLog } from '../../src/runs/tick-log.ts';
import type { Applied } from '../../src/robot/command.ts';
import { openTestLog, SESSION } from './experience/transitions.ts';

/** Time that moves a little whenever it is asked, in fractions of nanoseconds, as a real clock does. */
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

/** Sends float32 as a microcontroller gets it, and says so. */
class Float32Body extends ScriptedDriver {
  override apply(command: SafeCommand): Applied {
    const { sequence, targets } = super.apply(command);
    return { sequence, targets: Float64Array.from(targets, Math.fround) };
  }
}

export interface RecordedLineOptions {
  readonly directory: string;
  readonly robot: string;
  readonly task: string;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly ticks: number;
  readonly policy?: Uint8Array | null;
  /** Ticks at which nothing new was read for longer than the age limit. */
  readonly staleAt?: readonly number[];
  /** The line ends here (its robot was lost) and is armed again. */
  readonly lostAt?: number;
  /** A person stops it here. */
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
 * Drives the real line over a scripted body with made-up, irregular times, and records it as `softqd run` does: uniformly random (or a
 * policy's) actions, episodes, stale readings, a loss, float32 on the wire. The same options give the same recording.
 */
export async function recordRun(options: RecordedLineOptions): Promise<void> {
  const { directory, robot: robotName, task, flags = {}, ticks, policy: bytes = null, staleAt = [] } = options;
  const selected = resolveRobotAndTask(await configOf(robotName, task, flags));
  const { robot } = selected;
  const clock = new CreepingClock();
  const { log } = await openTestLog(directory, { mode: 'real-time' });
  const random = new XoshiroRandom(0);
  const policy = createPolicy(selected, random.fork('policy'), false);
  if (bytes !== null) policy.load(verifiedSnapshot(bytes, selected.identity), 1);
  const driver = new Float32Body({ spec: robot, clock, lockStep: false });
  const guard = createGuardForRobot(robot, { simulated: true, controlPeriodS: robot.controlPeriodS, clock });
  const instance = new RobotInstance({
    driver,
    resetter: driver.resetter,
    task: selected.task,
    policy,
    mode: 'sample',
    guard,
  });
  const facts = {
    robot: robot.name,
    joints: jointNames(robot),
    task: selected.taskFile.name,
    controlPeriodS: robot.controlPeriodS,
    simulated: true,
    seed: 0,
    mode: 'sample',
    learn: false,
    policySha256: bytes === null ? null : sha256Hex(bytes),
  } as const;
  const tickLog = new TickLog(log, facts, clock.nowNs());
  const counter = { sessionUuid: SESSION, next: 0 };
  let episode = 0;
  const begin = async (arms: boolean): Promise<void> => {
    const state = selected.task.sampleInitialState(random);
    // The scripted body has as many positions as joints, whatever the world of the task has.
    const joints = robot.joints.length;
    const reading = await driver.resetter.reset({
      qpos: state.qpos.slice(0, joints),
      qvel: state.qvel.slice(0, joints),
    });
    instance.begin(reading, state, episode++);
    tickLog.episodeStarted(reading, state, arms);
  };
  let index = 0;
  const periodNs = robot.controlPeriodS * 1e9;
  const drive = async (until: number): Promise<void> => {
    await begin(true);
    guard.disarm();
    guard.arm(instance.latestReading!);
    const ticks$ = new Subject<Tick>();
    const line = controlLoop({
      ticks$,
      instances: [instance],
      clock,
      maxReadingAgeNs: robot.readingMaxAgeS * 1e9,
      counter,
      onStep: ([look]) => {
        tickLog.input(look!);
        if (look!.transition !== null) log.append(look!.transition);
        if (index === ticks - 1) return false;
        return look!.end === null ? true : begin(false).then(() => true);
      },
      onDropped: () => undefined,
    }).subscribe({ next: (sent) => tickLog.output(sent) });
    for (; index < until; index++) {
      const stale = staleAt.includes(index);
      clock.base.advanceTo(
        clock.base.nowNs() + (stale ? robot.readingMaxAgeS * 1e9 + periodNs : periodNs * (0.9 + 0.02 * (index % 11))),
      );
      if (!stale && index % 7 !== 3) driver.push();
      if (index === options.stoppedAt) guard.stop(null);
      const startNs = clock.nowNs();
      ticks$.next({ index, deadlineNs: startNs - 10, wakeNs: startNs, startNs, skipped: 0 });
      // An episode that begins does so in microtasks.
      await new Promise((resolve) => setImmediate(resolve));
    }
    line.unsubscribe();
    tickLog.close();
  };
  if (options.lostAt !== undefined) await drive(options.lostAt);
  await drive(ticks);
  await log.close();
}
