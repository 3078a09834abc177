import { NS_PER_S, type Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import type { Command } from '../robot/command.ts';
import { checkReading, type Reading } from '../robot/reading.ts';
import { GUARD_REASON } from '../robot/reasons.ts';
import type { JointSpec, RobotSpec } from '../robot/robot-spec.ts';
import { EffortLimiter } from './effort-limiter.ts';
import type { JointLimiter } from './joint-limiter.ts';
import { requireHardwareLimits, resolveLimits } from './limits.ts';
import type { Guard, GuardState, SafeCommand, SafetyState } from './port.ts';
import { PositionLimiter } from './position-limiter.ts';
import { readingError, readingReasons } from './reading-check.ts';
import { NO_REASON, ReasonCounter, reasonBit, type ReasonMask } from './reason-set.ts';
import { createSafeCommand } from './safe-command.ts';
import { SafetyStateMachine } from './state-machine.ts';
import { VelocityLimiter } from './velocity-limiter.ts';

export interface GuardOptions {
  readonly controlPeriodS: number;
  /** A reading older than this stops the robot. */
  readonly readingMaxAgeS: number;
  /** With a clock, arming refuses a stale reading too. */
  readonly clock?: Clock;
  /** Stale or broken readings on end that make a fault of a stop; default: hardware 1, simulated never. */
  readonly maxBadReadings?: number;
}

/** A hardware joint that stands further than this outside its position range is not armed: its first command would be a jump. */
const ARM_TOLERANCE_RAD_OR_M = 0.1;

const STATE_REASON: Readonly<Record<SafetyState, ReasonMask>> = {
  disarmed: reasonBit(GUARD_REASON.disarmed),
  armed: NO_REASON,
  stopping: reasonBit(GUARD_REASON.stopping),
  faulted: reasonBit(GUARD_REASON.faulted),
};

/** The guard of one robot: see Guard for the contract and the limiters for what each command mode allows. */
export class LimitGuard implements Guard {
  private readonly robot: RobotSpec;
  private readonly maxAgeNs: number;
  private readonly clock: Clock | null;
  private readonly maxBadReadings: number;
  private readonly limiters: readonly JointLimiter[];
  private readonly machine = new SafetyStateMachine();
  private readonly counter = new ReasonCounter();
  private badReadings = 0;
  private sequence = 0;
  /** Whether the limiters know where the robot is: until then even "hold" has nothing to hold. */
  private hasReference = false;

  constructor(robot: RobotSpec, options: GuardOptions) {
    this.robot = robot;
    this.maxAgeNs = options.readingMaxAgeS * NS_PER_S;
    this.clock = options.clock ?? null;
    this.maxBadReadings = options.maxBadReadings ?? (robot.kind === 'hardware' ? 1 : Infinity);
    this.limiters = robot.joints.map((joint) => limiterOf(joint, options.controlPeriodS));
  }

  get state(): SafetyState {
    return this.machine.state;
  }

  get reason(): SoftqdError | null {
    return this.machine.reason;
  }

  get clips(): ReadonlyMap<string, number> {
    return this.counter.clips;
  }

  arm(reading: Reading): void {
    this.machine.requireDisarmed();
    requireHardwareLimits(this.robot);
    checkReading(reading, this.robot);
    const ageNs = this.clock === null ? 0 : this.clock.nowNs() - reading.arrivalNs;
    const stale = readingError(reading, this.robot, ageNs, this.maxAgeNs);
    if (stale !== null) throw stale;
    if (this.robot.kind === 'hardware') this.requireWithinRange(reading);
    this.reset(reading);
    this.machine.arm();
  }

  stop(reason: SoftqdError | null): void {
    this.machine.stop(reason);
  }

  disarm(): void {
    this.machine.disarm();
  }

  fault(error: SoftqdError): void {
    this.machine.fault(error);
  }

  beginEpisode(reading: Reading): void {
    // Hardware is never put somewhere else: its limits stay around the previous command, whatever the load pulls it to.
    if (this.robot.kind === 'hardware') return;
    // A broken first reading must not become the centre of the limits; `check` will refuse it by its reason.
    if (readingReasons(reading, this.robot, 0, this.maxAgeNs) === NO_REASON) this.reset(reading);
  }

  check(command: Command, reading: Reading, nowNs: number): SafeCommand {
    const ageNs = nowNs - reading.arrivalNs;
    const readingMask = readingReasons(reading, this.robot, ageNs, this.maxAgeNs);
    if (readingMask !== NO_REASON) this.recordBadReading(reading, ageNs);
    else if (this.hasReference) this.badReadings = 0;
    else this.reset(reading);
    const stopMask = readingMask | STATE_REASON[this.machine.state];
    const targets = new Float64Array(this.limiters.length);
    let mask = stopMask;
    if (stopMask === NO_REASON) mask = this.limitAll(command, reading, targets);
    else this.stopAll(readingMask === NO_REASON ? reading : null, targets);
    return createSafeCommand(this.sequence++, targets, this.counter.take(mask));
  }

  save(): GuardState {
    const memories = this.limiters.map((limiter) => limiter.save());
    return {
      previousTargets: memories.map(({ previous }) => previous),
      previousRates: memories.map(({ speed }) => speed),
    };
  }

  restore({ previousTargets, previousRates }: GuardState): void {
    const count = this.limiters.length;
    const lengths = previousTargets.length === count && previousRates.length === count;
    if (!lengths || firstNonFinite(previousTargets) >= 0 || firstNonFinite(previousRates) >= 0) {
      throw new SoftqdError('E_CHECKPOINT', `${this.robot.name}: saved guard state does not match this robot`, {
        values: { robot: this.robot.name, joints: count, saved: previousTargets.length },
      });
    }
    this.hasReference = true;
    this.limiters.forEach((limiter, i) => {
      limiter.restore({ previous: previousTargets[i]!, speed: Math.abs(previousRates[i]!) });
    });
  }

  private limitAll(command: Command, reading: Reading, targets: Float64Array): ReasonMask {
    let mask = NO_REASON;
    const fits = command.targets.length === targets.length;
    for (let i = 0; i < targets.length; i++) {
      const limiter = this.limiters[i]!;
      const position = reading.positions[i]!;
      const velocity = reading.velocities[i]!;
      const wanted = fits ? command.targets[i]! : NaN;
      if (Number.isFinite(wanted)) {
        targets[i] = limiter.limit(wanted, position, velocity);
        mask |= limiter.mask;
      } else {
        targets[i] = limiter.stop(position, velocity);
        mask |= reasonBit(GUARD_REASON.nonFiniteAction);
      }
    }
    return mask;
  }

  /** null: the reading cannot be trusted, so the stop must do without it. */
  private stopAll(reading: Reading | null, targets: Float64Array): void {
    for (let i = 0; i < targets.length; i++) {
      targets[i] = this.limiters[i]!.stop(reading?.positions[i] ?? NaN, reading?.velocities[i] ?? NaN);
    }
  }

  private recordBadReading(reading: Reading, ageNs: number): void {
    const { state } = this.machine;
    if (state !== 'armed' && state !== 'stopping') return;
    this.badReadings += 1;
    if (this.badReadings < this.maxBadReadings) return;
    const error = readingError(reading, this.robot, ageNs, this.maxAgeNs);
    if (error !== null) this.machine.fault(error);
  }

  private reset(reading: Reading): void {
    this.badReadings = 0;
    this.hasReference = true;
    this.limiters.forEach((limiter, i) => {
      limiter.reset(reading.positions[i]!, reading.velocities[i]!);
    });
  }

  private requireWithinRange(reading: Reading): void {
    this.robot.joints.forEach((joint, i) => {
      if (joint.commandMode !== 'position') return;
      const { minPosition, maxPosition } = resolveLimits(joint);
      const position = reading.positions[i]!;
      const outside = Math.max(minPosition - position, position - maxPosition);
      if (outside <= ARM_TOLERANCE_RAD_OR_M) return;
      throw new SoftqdError(
        'E_SAFETY_STATE',
        `${joint.name} is at ${position.toFixed(3)}, ${outside.toFixed(3)} outside its range ${minPosition} to ${maxPosition}`,
        {
          hint: 'Move the joint into its range by hand, then arm again.',
          values: { joint: joint.name, position, outside },
        },
      );
    });
  }
}

function limiterOf(joint: JointSpec, periodS: number): JointLimiter {
  const limits = resolveLimits(joint);
  switch (joint.commandMode) {
    case 'position':
      return new PositionLimiter(limits, joint.stopMode, periodS);
    case 'velocity':
      return new VelocityLimiter(limits, periodS);
    case 'effort':
      return new EffortLimiter(limits, joint.stopMode, periodS);
  }
}
