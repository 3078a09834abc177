import { firstValueFrom, type Subscription } from 'rxjs';
import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { throwOnFault, type Driver } from '../../driver/index.ts';
import type { Reading } from '../../robot/reading.ts';
import type { Guard } from '../../safety/port.ts';
import { createJogController, type JogSetpoint, type JogController } from './setpoint.ts';

export interface JogSessionOptions {
  readonly driver: Driver;
  readonly guard: Guard;
  readonly clock: Clock;
  readonly periodS: number;
  /** Index of the joint that moves. */
  readonly joint: number;
  /** Largest speed, rad/s or m/s. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

/** Where a jog stands, in the joint's units. */
export interface JogState {
  readonly position: number;
  readonly velocity: number;
  readonly effort: number;
  /** null: none yet. */
  readonly setpoint: number | null;
  /** Reasons by which the guard altered the command of this tick. */
  readonly reasonCodes: readonly number[];
}

/** How long the stop mode goes out before the joints are let go. */
const STOP_S = 0.2;
const FIRST_READING_S = 3;

/**
 * Moves one joint through the guard: nothing goes to the body that the guard has not made. The other joints hold their place (position),
 * stand still (velocity) or get no effort.
 */
export class JogSession {
  private readonly options: JogSessionOptions;
  private newest: Reading | null = null;
  private failure: SoftqdError | null = null;
  private drive: JogController | null = null;
  private idleTargets: readonly number[] = [];
  private subscription: Subscription | null = null;

  constructor(options: JogSessionOptions) {
    this.options = options;
  }

  /** Where the joint is; NaN before `arm`. */
  get position(): number {
    return this.newest?.positions[this.options.joint] ?? NaN;
  }

  /** Throws what the guard or the body refuses, E_READING_STALE when the robot says nothing. */
  async arm(): Promise<void> {
    const { driver, guard, joint, speed } = this.options;
    this.subscription = driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => (this.newest = reading),
      error: (error: unknown) => (this.failure ??= toSoftqdError(error)),
    });
    guard.arm(await this.nextReading());
    await driver.arm();
    const reading = await this.nextReading();
    this.idleTargets = driver.spec.joints.map(({ commandMode }, i) =>
      commandMode === 'position' ? reading.positions[i]! : 0,
    );
    this.drive = createJogController(driver.spec.joints[joint]!, reading.positions[joint]!, speed);
  }

  /** Ticks until `watch` says that it is enough or the signal is aborted. Throws why the robot stopped by itself. */
  async run(aim: () => JogSetpoint | null, watch: (state: JogState) => boolean): Promise<void> {
    const { clock, periodS, signal } = this.options;
    let deadlineNs = clock.nowNs();
    while (!signal.aborted) {
      const state = this.tick(aim());
      if (!watch(state)) return;
      deadlineNs = Math.max(deadlineNs + periodS * NS_PER_S, clock.nowNs());
      await this.until(deadlineNs);
    }
  }

  /** Stops by the guard's stop modes, then lets go. Never rejects. */
  async stop(reason: SoftqdError | null = null): Promise<void> {
    const { driver, guard, clock, periodS } = this.options;
    guard.stop(reason);
    const untilNs = clock.nowNs() + STOP_S * NS_PER_S;
    try {
      while (this.failure === null && this.drive !== null && clock.nowNs() < untilNs) {
        this.tick(null);
        await this.until(clock.nowNs() + periodS * NS_PER_S);
      }
    } catch {
      // What is lost cannot be slowed down; disarm works when everything else is broken.
    }
    await driver.disarm(reason?.message ?? 'jog has ended');
    guard.disarm();
    this.subscription?.unsubscribe();
  }

  private tick(aim: JogSetpoint | null): JogState {
    const { driver, guard, clock, joint, periodS } = this.options;
    if (this.failure !== null) throw this.failure;
    const reading = this.newest!;
    const targets = Float64Array.from(this.idleTargets);
    targets[joint] = this.drive!.target(aim, reading.positions[joint]!, periodS);
    const command = guard.check({ targets }, reading, clock.nowNs());
    driver.apply(command);
    if (guard.state === 'faulted') {
      throw guard.reason ?? new SoftqdError('E_SAFETY_FAULT', 'the guard stopped the robot');
    }
    return {
      position: reading.positions[joint]!,
      velocity: reading.velocities[joint]!,
      effort: reading.efforts[joint]!,
      setpoint: aim?.value ?? null,
      reasonCodes: command.reasonCodes,
    };
  }

  private async nextReading(): Promise<Reading> {
    const { driver, clock } = this.options;
    const untilNs = clock.nowNs() + FIRST_READING_S * NS_PER_S;
    let cancel = (): void => undefined;
    const silence = new Promise<never>((_, reject) => {
      cancel = clock.setTimer(untilNs, () =>
        reject(new SoftqdError('E_READING_STALE', `${driver.spec.name}: no reading within ${FIRST_READING_S} s`)),
      );
    });
    try {
      this.newest = await Promise.race([firstValueFrom(driver.readings$.pipe(throwOnFault())), silence]);
      return this.newest;
    } finally {
      cancel();
    }
  }

  private until(deadlineNs: number): Promise<void> {
    return new Promise((resolve) => this.options.clock.setTimer(deadlineNs, resolve));
  }
}
