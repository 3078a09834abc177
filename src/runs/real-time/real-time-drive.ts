import { firstValueFrom } from 'rxjs';
import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { type SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { XoshiroRandom } from '../../base/random.ts';
import {
  beginEpisode,
  controlLoop,
  readingsOf,
  realTimeTicks,
  withRobot,
  type ClosedTick,
  type ControlLoop,
  type LoopState,
  type RobotComponents,
  type RobotState,
} from '../../control/index.ts';
import type { Resetter } from '../../driver/index.ts';
import { stopPlan, type GuardMemory } from '../../safety/port.ts';
import type { CommandUi } from '../command-ui.ts';
import { createLoopTicker } from '../loop-clock.ts';
import type { PolicySwitcher } from '../policy-switcher.ts';
import type { TickLog } from './tick-log.ts';
import { waitForReconnect } from './wait-for-reconnect.ts';

export interface RealTimeDriveOptions {
  readonly robot: RobotComponents;
  readonly resetter: Resetter;
  readonly clock: Clock;
  readonly rateHz: number;
  readonly maxReadingAgeNs: number;
  readonly durationS: number | null;
  readonly rearm: 'manual' | 'after-reconnect';
  readonly sessionUuid: string;
  /** Draws initial states. */
  readonly random: XoshiroRandom;
  readonly switcher: PolicySwitcher;
  readonly tickLog: TickLog;
  readonly ui: CommandUi;
  /** Subscribes log, learner link, user interface and metrics to a loop that is about to start. */
  readonly subscribe: (loop: ControlLoop) => void;
  readonly onEpisode: () => void;
  /** An error on the control path, after the guard has it. */
  readonly onFault: (error: SoftqdError) => void;
}

/** Arms one robot and drives it in real time through the control loop. */
export class RealTimeDrive {
  /** Sequence number of the next transition. */
  nextSequence = 0;
  nextEpisode = 0;
  private readonly options: RealTimeDriveOptions;
  private guardMemory: GuardMemory;
  private untilNs: number | null = null;

  constructor(options: RealTimeDriveOptions) {
    this.options = options;
    this.guardMemory = options.robot.guard.initialMemory;
  }

  /** Drives, again after a loss where `rearm` allows it. What ended it, or null for its time or Ctrl-C; disarmed in any case. */
  async run(): Promise<SoftqdError | null> {
    const { ui, rearm, robot } = this.options;
    for (;;) {
      let failure: SoftqdError | null = null;
      try {
        await this.drive(await this.arm());
      } catch (thrown) {
        failure = toSoftqdError(thrown);
      }
      await robot.driver.disarm(stopPlan(robot.driver.spec), failure?.message ?? 'run finished');
      if (failure === null) return null;
      if (rearm === 'manual' || !(await waitForReconnect(robot.driver, failure, ui))) return failure;
    }
  }

  private async arm(): Promise<RobotState> {
    const { robot, clock, durationS } = this.options;
    const { driver, guard } = robot;
    const state = await this.beginEpisode(this.guardMemory, true);
    // What the guard rejects it rejects before any motor is powered.
    guard.disarm();
    const memory = guard.arm(state.guard, state.reading);
    await driver.arm();
    // Arming took time: the loop begins with the current position.
    const reading = await firstValueFrom(readingsOf(driver));
    // The duration counts from the first command, without connecting and arming.
    this.untilNs ??= durationS === null ? Infinity : clock.nowNs() + durationS * NS_PER_S;
    return { ...state, guard: memory, reading };
  }

  private async beginEpisode(guardMemory: GuardMemory, startsLoop: boolean): Promise<RobotState> {
    const { robot, resetter, random, ui, tickLog, onEpisode } = this.options;
    const initialState = robot.task.sampleInitialState(random);
    const reading = await resetter.reset(initialState, ui.signal);
    tickLog.episodeStarted(reading, initialState, startsLoop);
    onEpisode();
    return beginEpisode(robot, guardMemory, { reading, initialState, episode: this.nextEpisode++ });
  }

  /** Runs the loop to its end; rejects with a fault, a lost driver or an error on the control path. */
  private async drive(robotState: RobotState): Promise<void> {
    const { robot, clock, rateHz, sessionUuid, maxReadingAgeNs, tickLog, onFault, subscribe } = this.options;
    const { driver, guard } = robot;
    const loop = controlLoop({
      ticks$: realTimeTicks({
        ...{ ticker: createLoopTicker(clock), clock, periodNs: NS_PER_S / rateHz, drivers: [driver] },
      }),
      robots: [robot],
      initial: { nextSequence: this.nextSequence, robots: [robotState] },
      ...{ clock, sessionUuid, maxReadingAgeNs },
      barrier: (tick) => this.barrier(tick),
    });
    loop.closed$.subscribe((tick) => tickLog.closed(tick, guard.state));
    subscribe(loop);
    try {
      await new Promise<void>((resolve, reject) => {
        loop.applied$.subscribe({
          next: (tick) => {
            tickLog.applied(tick);
            this.guardMemory = tick.state.robots[0]!.guard;
          },
          // At once, in the same call: an error on the control path goes to the guard first.
          error: (thrown: unknown) => {
            const error = toSoftqdError(thrown);
            guard.fault(error);
            onFault(error);
            reject(error);
          },
          complete: resolve,
        });
      });
    } finally {
      tickLog.close();
    }
  }

  /** Swaps the policy, ends the loop at its time, begins the next episode. */
  private barrier({ state, steps }: ClosedTick): LoopState | null | Promise<LoopState | null> {
    const { robot, clock, switcher, ui } = this.options;
    this.nextSequence = state.nextSequence;
    switcher.swap();
    if (robot.guard.state === 'faulted') throw robot.guard.reason!;
    if (clock.nowNs() >= this.untilNs! || ui.signal.aborted) return null;
    if (steps[0]!.end === null) return state;
    return this.beginEpisode(state.robots[0]!.guard, false).then((next) => withRobot(state, 0, next));
  }
}
