import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  beginEpisode,
  ClockTicker,
  controlLoop,
  realTimeTicks,
  type AppliedTick,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
} from '../../control/index.ts';
import type { Driver } from '../../driver/index.ts';
import type { Reading } from '../../robot/reading.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import { onStopRequest, type StopRequests } from '../../runs/stop-requests/index.ts';
import { stopRobot, type LoopEnd, type StopResult } from '../../runs/stopping/index.ts';
import type { Guard, GuardMemory } from '../../safety/port.ts';
import { JogSource } from './jog-source.ts';
import { jogTask } from './jog-task.ts';
import { readingWithin } from './reading-within.ts';
import { createJogController, type JogController, type JogSetpoint } from './setpoint.ts';
import { jogTolerance } from './tolerance.ts';

export interface JogSessionOptions {
  readonly driver: Driver;
  readonly guard: Guard;
  readonly clock: Clock;
  readonly periodS: number;
  /** Index of the joint that moves. */
  readonly joint: number;
  /** Maximum speed, rad/s or m/s. */
  readonly speed: number;
  /** How the robot stops. */
  readonly plan: StopPlan;
  /** Requests to stop: the first one ends the jog, a second one stops the motors at once. */
  readonly stops: StopRequests;
  /** Ends the jog in order. */
  readonly quit?: AbortSignal;
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
  /** The setpoint at each tick; null: none. `sent` is the newest target that was sent. */
  readonly setpoint: (position: number, sent: number | null) => JogSetpoint | null;
  /** Receives each tick; false ends the jog. */
  readonly onState: (state: JogState, controller: JogController) => boolean;
}

const FIRST_READING_TIMEOUT_S = 3;
/** How long after the stop a reading is awaited, s. */
const LAST_READING_TIMEOUT_S = 0.2;

/**
 * Moves one joint through the control loop: guard, ticks and driver are those of a run. Arms, drives until the plan ends or a stop is
 * requested, decelerates, and carries out the stop plan.
 */
export class JogSession {
  private readonly options: JogSessionOptions;
  private readonly plan: (position: number) => JogPlan;
  private source: JogSource | null = null;
  private controller: JogController | null = null;
  private onState: JogPlan['onState'] = () => true;
  private latest: Reading | null = null;
  private end: LoopEnd | null = null;
  private guardStop: SoftqdError | null = null;
  private isDone = false;

  /** `plan` gets the position of the joint after arming. */
  constructor(options: JogSessionOptions, plan: (position: number) => JogPlan) {
    this.options = options;
    this.plan = plan;
  }

  /** The joint's position; NaN before `run`. */
  get position(): number {
    return this.latest?.positions[this.options.joint] ?? NaN;
  }

  /**
   * Resolves with how the robot stopped; its `failure` is the fault that stopped it. null: a stop was requested before the robot was armed.
   * Rejects when it cannot be armed: with what the guard or the driver rejects, or E_READING_STALE when there is no reading.
   */
  async run(): Promise<StopResult | null> {
    const { driver, guard, clock, plan, stops } = this.options;
    const removeEmergency = stops.handleEmergency(() => void driver.disarm(plan, 'emergency stop'));
    try {
      const armed = await this.arm();
      if (armed === null) return null;
      const failure = await this.drive(armed);
      const result = await stopRobot({
        ...{ robot: { driver, guard }, clock, stops, plan, failure, end: this.end, park: false },
        onPhase: () => undefined,
        onTick: (tick) => this.remember(tick),
      });
      await this.readOnce();
      return result;
    } finally {
      removeEmergency();
    }
  }

  /** null: canceled by a request to stop. */
  private async arm(): Promise<(LoopState & { readonly robot: RobotComponents }) | null> {
    const { driver, guard, plan, stops } = this.options;
    const memory = guard.arm(guard.initialMemory, await this.nextReading(FIRST_READING_TIMEOUT_S));
    const disarm = (): Promise<unknown> => driver.disarm(plan, 'arming was canceled');
    const removeCancel = onStopRequest(stops.signal, () => void disarm());
    try {
      await driver.arm();
      const reading = await this.nextReading(FIRST_READING_TIMEOUT_S);
      if (!stops.signal.aborted) return this.begin(memory, reading);
    } catch (thrown) {
      await disarm();
      guard.disarm();
      if (!stops.signal.aborted) throw thrown;
    } finally {
      removeCancel();
    }
    await disarm();
    guard.disarm();
    return null;
  }

  private begin(memory: GuardMemory, reading: Reading): LoopState & { readonly robot: RobotComponents } {
    const { driver, guard, joint, speed, periodS } = this.options;
    const { previousTargets } = guard.save(memory);
    this.end = { guard: memory, reading };
    const { setpoint, onState } = this.plan(this.position);
    this.controller = createJogController(driver.spec.joints[joint]!, {
      ...{ start: previousTargets[joint]!, speed, tolerance: jogTolerance(driver.spec, joint) },
    });
    this.onState = onState;
    this.source = new JogSource(this.controller, setpoint, periodS);
    const task = jogTask(driver.spec, joint, previousTargets);
    const robot = { driver, guard, task, policy: this.source, mode: 'sample' } as const;
    const initialState = { qpos: new Float64Array(0), qvel: new Float64Array(0) };
    const begun = beginEpisode(robot, memory, { reading, initialState, episode: 0 });
    return { robot, nextSequence: 0, robots: [{ ...begun, guard: memory }] };
  }

  /** Runs the loop until the plan or a request ends it; resolves with the fault of the guard or the driver that ended it, else null. */
  private async drive({
    robot,
    ...initial
  }: LoopState & { readonly robot: RobotComponents }): Promise<SoftqdError | null> {
    const { driver, guard, clock, periodS } = this.options;
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
    return new Promise((resolve) => {
      applied$.subscribe({
        next: (tick) => this.report(tick),
        error: (thrown: unknown) => {
          const error = toSoftqdError(thrown);
          guard.fault(error);
          resolve(error);
        },
        complete: () => resolve(this.guardStop),
      });
    });
  }

  private barrier({ state, steps }: ClosedTick): LoopState | null {
    const { guard, stops, quit } = this.options;
    if (guard.state === 'faulted') {
      throw guard.reason ?? new SoftqdError('E_SAFETY_FAULT', 'the guard stopped the robot');
    }
    this.end = { guard: state.robots[0]!.guard, reading: steps[0]!.reading };
    this.guardStop = guard.state === 'stopping' ? guard.reason : null;
    const ends = guard.state !== 'armed' || this.isDone || stops.signal.aborted || quit?.aborted === true;
    return ends ? null : state;
  }

  private report(tick: AppliedTick): void {
    const { joint } = this.options;
    const { reading, safeCommand, applied } = tick.steps[0]!;
    this.remember(tick);
    if (this.source !== null) this.source.sent = applied.targets[joint]!;
    if (this.isDone) return;
    const state = {
      position: reading.positions[joint]!,
      velocity: reading.velocities[joint]!,
      effort: reading.efforts[joint]!,
      setpoint: this.source?.setpoint?.value ?? null,
      reasonCodes: safeCommand.reasonCodes,
    };
    this.isDone = !this.onState(state, this.controller!);
  }

  private remember({ steps }: AppliedTick): void {
    this.latest = steps[0]!.reading;
  }

  /** Where the joint is after the stop; a robot that sends nothing any more keeps its last known position. */
  private async readOnce(): Promise<void> {
    await this.nextReading(LAST_READING_TIMEOUT_S).catch(() => undefined);
  }

  private async nextReading(timeoutS: number): Promise<Reading> {
    const { driver, clock } = this.options;
    this.latest = await readingWithin(driver, clock, timeoutS);
    return this.latest;
  }
}
