import { firstValueFrom } from 'rxjs';
import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  beginEpisode,
  ClockTicker,
  controlLoop,
  readingsOf,
  realTimeTicks,
  type AppliedTick,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
} from '../../control/index.ts';
import type { Driver } from '../../driver/index.ts';
import type { Reading } from '../../robot/reading.ts';
import { stopPlan, type Guard } from '../../safety/port.ts';
import { JogSource } from './jog-source.ts';
import { jogTask } from './jog-task.ts';
import { createJogController, type JogSetpoint } from './setpoint.ts';

export interface JogSessionOptions {
  readonly driver: Driver;
  readonly guard: Guard;
  readonly clock: Clock;
  readonly periodS: number;
  /** Index of the joint that moves. */
  readonly joint: number;
  /** Maximum speed, rad/s or m/s. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

/** The state of a jog at a tick, in the joint's units. */
export interface JogState {
  readonly position: number;
  readonly velocity: number;
  readonly effort: number;
  /** null: none yet. */
  readonly setpoint: number | null;
  /** Reasons for which the guard clipped the command of this tick. */
  readonly reasonCodes: readonly number[];
}

export interface JogPlan {
  /** The setpoint at each tick; null: none. */
  readonly setpoint: (position: number) => JogSetpoint | null;
  /** Receives each tick; false ends the jog. */
  readonly onState: (state: JogState) => boolean;
}

/** How long the stop mode is sent before the motors are disarmed. */
const STOP_S = 0.2;
const FIRST_READING_TIMEOUT_S = 3;

/**
 * Moves one joint through the control loop: guard, ticks and driver are those of a run. Arms, drives until the plan ends or the signal
 * aborts, sends the guard's stop modes, disarms. Rejects with what the guard or the driver rejects, E_READING_STALE when there is no
 * reading, or the fault that stopped the robot.
 */
export class JogSession {
  private readonly options: JogSessionOptions;
  private readonly plan: (position: number) => JogPlan;
  private source: JogSource | null = null;
  private onState: JogPlan['onState'] = () => true;
  private latest: Reading | null = null;
  private failure: SoftqdError | null = null;
  private isDone = false;
  private stopUntilNs: number | null = null;

  /** `plan` gets the position of the joint after arming. */
  constructor(options: JogSessionOptions, plan: (position: number) => JogPlan) {
    this.options = options;
    this.plan = plan;
  }

  /** The joint's position; NaN before `run`. */
  get position(): number {
    return this.latest?.positions[this.options.joint] ?? NaN;
  }

  async run(): Promise<void> {
    const { driver, guard } = this.options;
    try {
      await this.drive(await this.arm());
    } catch (thrown) {
      this.failure ??= toSoftqdError(thrown);
      guard.stop(this.failure);
    }
    await driver.disarm(stopPlan(driver.spec), this.failure?.message ?? 'jog has ended');
    guard.disarm();
    if (this.failure !== null) throw this.failure;
  }

  private async arm(): Promise<LoopState & { readonly robot: RobotComponents }> {
    const { driver, guard, joint, speed, periodS } = this.options;
    const memory = guard.arm(guard.initialMemory, await this.nextReading());
    await driver.arm();
    const reading = await this.nextReading();
    const plan = this.plan(this.position);
    const controller = createJogController(driver.spec.joints[joint]!, this.position, speed);
    this.onState = plan.onState;
    this.source = new JogSource(controller, plan.setpoint, periodS);
    const robot = { driver, guard, task: jogTask(driver.spec, joint), policy: this.source, mode: 'sample' } as const;
    const initialState = { qpos: new Float64Array(0), qvel: new Float64Array(0) };
    const begun = beginEpisode(robot, memory, { reading, initialState, episode: 0 });
    return { robot, nextSequence: 0, robots: [{ ...begun, guard: memory }] };
  }

  /** Runs the loop until the stop has been sent for STOP_S; rejects when the driver is lost. */
  private drive({ robot, ...initial }: LoopState & { readonly robot: RobotComponents }): Promise<void> {
    const { driver, clock, periodS } = this.options;
    const { applied$ } = controlLoop({
      ticks$: realTimeTicks({
        ...{ ticker: new ClockTicker(clock), clock, periodNs: periodS * NS_PER_S, drivers: [driver] },
      }),
      robots: [robot],
      initial,
      clock,
      sessionUuid: 'jog',
      maxReadingAgeNs: driver.spec.readingMaxAgeS * NS_PER_S,
      barrier: (tick) => this.barrier(tick),
    });
    return new Promise((resolve, reject) => {
      applied$.subscribe({ next: (tick) => this.report(tick), error: reject, complete: resolve });
    });
  }

  private barrier({ state }: ClosedTick): LoopState | null {
    const { guard, clock, signal } = this.options;
    if (this.stopUntilNs === null) {
      if (guard.state === 'faulted') {
        this.failure = guard.reason ?? new SoftqdError('E_SAFETY_FAULT', 'the guard stopped the robot');
      } else if (!this.isDone && !signal.aborted) return state;
      guard.stop(this.failure);
      this.stopUntilNs = clock.nowNs() + STOP_S * NS_PER_S;
    }
    return clock.nowNs() < this.stopUntilNs ? state : null;
  }

  private report({ steps }: AppliedTick): void {
    const { joint } = this.options;
    const { reading, safeCommand } = steps[0]!;
    this.latest = reading;
    if (this.stopUntilNs !== null || this.isDone) return;
    this.isDone = !this.onState({
      position: reading.positions[joint]!,
      velocity: reading.velocities[joint]!,
      effort: reading.efforts[joint]!,
      setpoint: this.source?.setpoint?.value ?? null,
      reasonCodes: safeCommand.reasonCodes,
    });
  }

  private async nextReading(): Promise<Reading> {
    const { driver, clock } = this.options;
    const untilNs = clock.nowNs() + FIRST_READING_TIMEOUT_S * NS_PER_S;
    let cancel = (): void => undefined;
    const timeout = new Promise<never>((_, reject) => {
      cancel = clock.setTimer(untilNs, () =>
        reject(
          new SoftqdError('E_READING_STALE', `${driver.spec.name}: no reading within ${FIRST_READING_TIMEOUT_S} s`),
        ),
      );
    });
    try {
      this.latest = await Promise.race([firstValueFrom(readingsOf(driver)), timeout]);
      return this.latest;
    } finally {
      cancel();
    }
  }
}
