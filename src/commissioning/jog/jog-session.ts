import { firstValueFrom, type Subscription } from 'rxjs';
import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Body } from '../../driver/index.ts';
import type { Reading } from '../../robot/reading.ts';
import type { Guard } from '../../safety/port.ts';
import { aimAt, type JogAim, type JogDrive } from './setpoint.ts';

export interface JogParts {
  readonly body: Body;
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
  readonly aim: number | null;
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
export class Jogger {
  private readonly parts: JogParts;
  private newest: Reading | null = null;
  private failure: SoftqdError | null = null;
  private drive: JogDrive | null = null;
  private still: readonly number[] = [];
  private subscription: Subscription | null = null;

  constructor(parts: JogParts) {
    this.parts = parts;
  }

  /** Where the joint is; NaN before `arm`. */
  get position(): number {
    return this.newest?.positions[this.parts.joint] ?? NaN;
  }

  /** Throws what the guard or the body refuses, E_READING_STALE when the robot says nothing. */
  async arm(): Promise<void> {
    const { body, guard, joint, speed } = this.parts;
    this.subscription = body.readings$.subscribe({
      next: (reading) => (this.newest = reading),
      error: (error: unknown) => (this.failure ??= toSoftqdError(error)),
    });
    guard.arm(await this.nextReading());
    await body.arm();
    const reading = await this.nextReading();
    this.still = body.spec.joints.map(({ commandMode }, i) => (commandMode === 'position' ? reading.positions[i]! : 0));
    this.drive = aimAt(body.spec.joints[joint]!, reading.positions[joint]!, speed);
  }

  /** Ticks until `watch` says that it is enough or the signal is aborted. Throws why the robot stopped by itself. */
  async run(aim: () => JogAim | null, watch: (state: JogState) => boolean): Promise<void> {
    const { clock, periodS, signal } = this.parts;
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
    const { body, guard, clock, periodS } = this.parts;
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
    await body.disarm(reason?.message ?? 'jog has ended');
    guard.disarm();
    this.subscription?.unsubscribe();
  }

  private tick(aim: JogAim | null): JogState {
    const { body, guard, clock, joint, periodS } = this.parts;
    if (this.failure !== null) throw this.failure;
    const reading = this.newest!;
    const targets = Float64Array.from(this.still);
    targets[joint] = this.drive!.target(aim, reading.positions[joint]!, periodS);
    const command = guard.check({ targets }, reading, clock.nowNs());
    body.apply(command);
    if (guard.state === 'faulted') {
      throw guard.reason ?? new SoftqdError('E_SAFETY_FAULT', 'the guard stopped the robot');
    }
    return {
      position: reading.positions[joint]!,
      velocity: reading.velocities[joint]!,
      effort: reading.efforts[joint]!,
      aim: aim?.value ?? null,
      reasonCodes: command.reasonCodes,
    };
  }

  private async nextReading(): Promise<Reading> {
    const { body, clock } = this.parts;
    const untilNs = clock.nowNs() + FIRST_READING_S * NS_PER_S;
    let cancel = (): void => undefined;
    const silence = new Promise<never>((_, reject) => {
      cancel = clock.at(untilNs, () =>
        reject(new SoftqdError('E_READING_STALE', `${body.spec.name}: no reading within ${FIRST_READING_S} s`)),
      );
    });
    try {
      this.newest = await Promise.race([firstValueFrom(body.readings$), silence]);
      return this.newest;
    } finally {
      cancel();
    }
  }

  private until(deadlineNs: number): Promise<void> {
    return new Promise((resolve) => this.parts.clock.at(deadlineNs, resolve));
  }
}
