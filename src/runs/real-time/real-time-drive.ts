import { firstValueFrom } from 'rxjs';
import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import type { XoshiroRandom } from '../../base/random.ts';
import {
  beginEpisode,
  controlLoop,
  readingsOf,
  realTimeTicks,
  withRobot,
  type AppliedTick,
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
import { seededInitialState } from '../seeded-initial-state.ts';
import { onStopRequest } from '../stop-requests/index.ts';
import { stopRobot, type LoopEnd, type StopPhase, type StopResult } from '../stopping/index.ts';
import type { SuspendDetector } from './suspend-detector.ts';
import type { TickLog } from './tick-log.ts';
import { isReconnectable, waitForReconnect } from './wait-for-reconnect.ts';

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
  readonly suspends: Pick<SuspendDetector, 'check'>;
  /** Subscribes log, learner link, user interface and metrics to a loop that is about to start. */
  readonly subscribe: (loop: ControlLoop) => void;
  readonly onEpisode: () => void;
  /** The motors are armed. */
  readonly onArmed: () => void;
  /** An error on the control path, after the guard has it. */
  readonly onFault: (error: SoftqdError) => void;
  readonly onPhase: (phase: DrivePhase) => void;
  /** A tick of the stop: to the rest pose, and decelerating. */
  readonly onStopTick: (tick: AppliedTick) => void;
  /** Asks a person whether the stop that the board keeps may be cleared; null: there is no operator. */
  readonly confirmClear: ((refusal: SoftqdError) => Promise<boolean>) | null;
  /** After each stop, when the motors have their stop modes. */
  readonly onStopped: (stopped: Stopped) => void;
}

export type DrivePhase = 'arming' | 'running' | StopPhase | 'stopped' | 'reconnecting';

/** The end of one arming. */
export interface Stopped extends StopResult {
  /** Whether the motors were armed; otherwise an error is a refusal and not a fault. */
  readonly wasArmed: boolean;
  /** The robot is armed again when it has reconnected. */
  readonly willRearm: boolean;
}

/** Arms one robot and drives it in real time through the control loop. */
export class RealTimeDrive {
  /** Sequence number of the next transition. */
  nextSequence = 0;
  nextEpisode = 0;
  private readonly options: RealTimeDriveOptions;
  private guardMemory: GuardMemory;
  private untilNs: number | null = null;
  private armed = false;
  private end: LoopEnd | null = null;
  /** Why the loop ended without an error: a fault of the guard after which it decelerates. */
  private guardStop: SoftqdError | null = null;

  constructor(options: RealTimeDriveOptions) {
    this.options = options;
    this.guardMemory = options.robot.guard.initialMemory;
  }

  /** Drives, again after a loss where `rearm` allows it. How it ended: stopped in any case. */
  async run(): Promise<Stopped> {
    const { ui, rearm, robot, onStopped, onPhase } = this.options;
    for (;;) {
      const stopped = await this.driveOnce();
      const { failure } = stopped;
      const willRearm = failure !== null && rearm === 'after-reconnect' && isReconnectable(failure);
      onPhase('stopped');
      onStopped({ ...stopped, willRearm });
      if (!willRearm) return { ...stopped, willRearm };
      onPhase('reconnecting');
      if (!(await waitForReconnect(robot.driver, failure, ui))) {
        const ended = { ...stopped, willRearm: false };
        onStopped(ended);
        return ended;
      }
    }
  }

  /** From arming to the stop. Second requests to stop are emergency stops meanwhile. */
  private async driveOnce(): Promise<Omit<Stopped, 'willRearm'>> {
    const { robot, clock, ui, onPhase, onStopTick } = this.options;
    const { driver } = robot;
    const plan = stopPlan(driver.spec);
    this.armed = false;
    this.end = null;
    this.guardStop = null;
    let failure: SoftqdError | null = null;
    const removeEmergency = ui.stops.handleEmergency(() => void driver.disarm(plan, 'emergency stop'));
    try {
      onPhase('arming');
      const state = await this.arm();
      onPhase('running');
      await this.drive(state);
      failure = this.guardStop;
    } catch (thrown) {
      failure = toSoftqdError(thrown);
    }
    // A request ends at its level; the end of the run parks.
    const park = ui.stops.level === 'none' || ui.stops.level === 'park';
    const result = await stopRobot({
      ...{ robot, clock, plan, failure, park, onPhase, onTick: onStopTick },
      ...{ stops: ui.stops, end: this.end },
    });
    removeEmergency();
    return { ...result, wasArmed: this.armed };
  }

  private async arm(): Promise<RobotState> {
    const { robot, clock, durationS, ui } = this.options;
    const { driver, guard } = robot;
    const state = await this.beginEpisode(this.guardMemory, true);
    // What the guard rejects it rejects before any motor is powered.
    guard.disarm();
    const memory = guard.arm(state.guard, state.reading);
    const removeCancel = onStopRequest(
      ui.signal,
      () => void driver.disarm(stopPlan(driver.spec), 'arming was canceled'),
    );
    try {
      await driver.arm();
    } catch (thrown) {
      const refusal = toSoftqdError(thrown);
      if (!(await this.clearedByPerson(refusal))) throw refusal;
      // From the beginning: the joints may have been moved meanwhile.
      return await this.arm();
    } finally {
      removeCancel();
    }
    this.armed = true;
    this.options.onArmed();
    // Arming took time: the loop begins with the current position.
    const reading = await firstValueFrom(readingsOf(driver));
    // The duration counts from the first command, without connecting and arming.
    this.untilNs ??= durationS === null ? Infinity : clock.nowNs() + durationS * NS_PER_S;
    return { ...state, guard: memory, reading };
  }

  /** Whether a person let a stop that the board keeps be cleared. */
  private async clearedByPerson(refusal: SoftqdError): Promise<boolean> {
    const { robot, confirmClear } = this.options;
    const { driver } = robot;
    if (driver.clearFault === undefined || refusal.values['refusal'] !== 'stopped') return false;
    if (confirmClear === null || !(await confirmClear(refusal))) return false;
    await driver.clearFault();
    return true;
  }

  private async beginEpisode(guardMemory: GuardMemory, startsLoop: boolean): Promise<RobotState> {
    const { robot, resetter, random, ui, tickLog, onEpisode } = this.options;
    const initialState = seededInitialState(robot.task, random, this.nextEpisode);
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

  /** Swaps the policy, ends the loop at its time or at a request to stop, begins the next episode. */
  private barrier({ state, steps }: ClosedTick): LoopState | null | Promise<LoopState | null> {
    const { robot, clock, switcher, ui, suspends, onFault } = this.options;
    const { guard } = robot;
    suspends.check();
    this.nextSequence = state.nextSequence;
    switcher.swap();
    if (guard.state === 'faulted') throw guard.reason!;
    const { guard: memory, reading } = state.robots[0]!;
    this.end = { guard: memory, reading };
    this.guardStop = guard.state === 'stopping' ? guard.reason : null;
    if (this.guardStop !== null) onFault(this.guardStop);
    if (guard.state !== 'armed' || clock.nowNs() >= this.untilNs! || ui.signal.aborted) return null;
    if (steps[0]!.end === null) return state;
    return this.nextEpisodeState(state);
  }

  /** A request to stop while the episode begins ends the loop where it is. */
  private async nextEpisodeState(state: LoopState): Promise<LoopState | null> {
    try {
      return withRobot(state, 0, await this.beginEpisode(state.robots[0]!.guard, false));
    } catch (thrown) {
      if (this.options.ui.signal.aborted && toSoftqdError(thrown).code === 'E_TIMEOUT') return null;
      throw thrown;
    }
  }
}
