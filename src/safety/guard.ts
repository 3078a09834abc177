import { NS_PER_S, type Clock } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import { checkReading, type Reading } from '../robot/reading.ts';
import type { JointSpec, RobotSpec } from '../robot/robot-spec.ts';
import { DEFAULT_SAFETY } from '../robot/safety-spec.ts';
import { healthLimits } from '../robot/health-limits.ts';
import { createWorkspaceCheck } from '../robot/workspace.ts';
import { FOLLOWING, followingJoints } from './following.ts';
import { EffortLimiter } from './effort-limiter.ts';
import { guardStep, resetMemory, type GuardRules } from './guard-step.ts';
import { checkHealth, initialHealth, type HealthWarning } from './health-check.ts';
import type { JointLimiter } from './joint-limiter.ts';
import { requireHardwareLimits, resolveLimits } from './limits.ts';
import type { CheckedCommand, Guard, GuardInput, GuardMemory, SafetyState, SavedGuard } from './port.ts';
import { PositionLimiter } from './position-limiter.ts';
import { readingError, readingReasons } from './reading-check.ts';
import { NO_REASON, ReasonCounter } from './reason-set.ts';
import { createSafeCommand } from './safe-command.ts';
import { SafetyStateMachine } from './state-machine.ts';
import { VelocityLimiter } from './velocity-limiter.ts';

export interface GuardOptions {
  readonly controlPeriodS: number;
  /** A reading older than this stops the robot. */
  readonly readingMaxAgeS: number;
  /** Real time. Arming then rejects a stale reading, and a loss of readings is a fault for a simulated robot, too. */
  readonly clock?: Clock;
  /** A motor is warm, has a weak supply or a high load: once, when it begins. */
  readonly onWarning?: (warning: HealthWarning) => void;
}

/** A hardware joint further outside its position range than this is not armed: its first command would be a jump. */
const ARM_TOLERANCE_RAD_OR_M = 0.1;

/** The guard of one robot: its safety state and its clip counters around the pure `guardStep`. See Guard for the contract. */
export class LimitGuard implements Guard {
  readonly initialMemory: GuardMemory;
  private readonly rules: GuardRules;
  private readonly clock: Clock | null;
  private readonly machine = new SafetyStateMachine();
  private readonly counter = new ReasonCounter();
  private latestDerating: readonly number[] = [];
  private readonly onWarning: (warning: HealthWarning) => void;

  constructor(robot: RobotSpec, options: GuardOptions) {
    const { startUp, readingLossFaultS } = robot.safety ?? DEFAULT_SAFETY;
    const isHardware = robot.kind === 'hardware';
    this.rules = {
      robot,
      controlPeriodS: options.controlPeriodS,
      maxAgeNs: options.readingMaxAgeS * NS_PER_S,
      lossFaultNs: isHardware || options.clock !== undefined ? readingLossFaultS * NS_PER_S : Infinity,
      pauseStopNs: isHardware ? readingLossFaultS * NS_PER_S : Infinity,
      startUp: isHardware ? startUp : null,
      limiters: robot.joints.map((joint) => limiterOf(joint, options.controlPeriodS)),
      workspace: createWorkspaceCheck(robot),
      following: followingJoints(robot),
      health: healthLimits(robot),
    };
    this.onWarning = options.onWarning ?? (() => undefined);
    this.clock = options.clock ?? null;
    const joints = this.rules.limiters.map(({ initial }) => initial);
    this.initialMemory = {
      joints,
      following: joints.map(() => FOLLOWING),
      health: initialHealth(this.rules.health ?? []),
      recovering: [],
      hasReference: false,
      lostSinceNs: null,
      armedS: Infinity,
      checkedNs: null,
      sequence: 0,
    };
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

  get derating(): readonly number[] {
    return this.latestDerating;
  }

  arm(memory: GuardMemory, reading: Reading): GuardMemory {
    const { robot, maxAgeNs } = this.rules;
    this.machine.requireDisarmed();
    requireHardwareLimits(robot);
    checkReading(reading, robot);
    const ageNs = this.clock === null ? 0 : this.clock.nowNs() - reading.arrivalNs;
    const stale = readingError(reading, robot, ageNs, maxAgeNs);
    if (stale !== null) throw stale;
    if (robot.kind === 'hardware') requireWithinRange(robot, reading);
    const health = initialHealth(this.rules.health ?? []);
    const { fault } = checkHealth(this.rules.health, reading.health ?? null, health, 0);
    if (fault !== null) throw fault;
    this.machine.arm();
    return { ...resetMemory(this.rules, memory, reading), health, armedS: 0 };
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

  beginEpisode(memory: GuardMemory, reading: Reading): GuardMemory {
    const { robot, maxAgeNs } = this.rules;
    // Hardware is never moved by a reset: its limits stay around the previous command, for any load.
    if (robot.kind === 'hardware') return memory;
    // An invalid first reading must not become the center of the limits; `check` rejects it with its reason.
    return readingReasons(reading, robot, 0, maxAgeNs) === NO_REASON
      ? resetMemory(this.rules, memory, reading)
      : memory;
  }

  heldTargets({ joints, hasReference }: GuardMemory): Float64Array | null {
    const isHeld = this.rules.robot.kind === 'hardware' && this.machine.state === 'armed' && hasReference;
    return isHeld ? Float64Array.from(joints, ({ previous }) => previous) : null;
  }

  check(memory: GuardMemory, input: GuardInput): CheckedCommand {
    const step = guardStep(this.rules, memory, input, this.machine.state);
    if (step.fault !== null) this.machine.fault(step.fault);
    else if (step.stop !== null) this.machine.stop(step.stop);
    this.latestDerating = step.derating;
    for (const warning of step.warnings) this.onWarning(warning);
    return {
      safeCommand: createSafeCommand(memory.sequence, step.targets, this.counter.take(step.mask)),
      memory: step.memory,
    };
  }

  save({ joints }: GuardMemory): SavedGuard {
    return {
      previousTargets: joints.map(({ previous }) => previous),
      previousVelocities: joints.map(({ velocity }) => velocity),
      previousRequests: joints.map(({ requested }) => requested),
    };
  }

  restore({ previousTargets, previousVelocities, previousRequests }: SavedGuard): GuardMemory {
    const { limiters, robot } = this.rules;
    const count = limiters.length;
    const isWhole = [previousTargets, previousVelocities, previousRequests].every(
      (values) => values.length === count && firstNonFinite(values) < 0,
    );
    if (!isWhole) {
      throw new SoftqdError('E_CHECKPOINT', `the saved guard does not match ${robot.name}`, {
        values: { robot: robot.name, joints: count, saved: previousTargets.length },
      });
    }
    const joints = limiters.map((limiter, i) =>
      limiter.restore({
        previous: previousTargets[i]!,
        velocity: previousVelocities[i]!,
        requested: previousRequests[i]!,
      }),
    );
    return { ...this.initialMemory, joints, hasReference: true };
  }

  isAtRest({ joints }: GuardMemory): boolean {
    return this.rules.limiters.every((limiter, i) => limiter.isAtRest(joints[i]!));
  }
}

function requireWithinRange(robot: RobotSpec, reading: Reading): void {
  robot.joints.forEach((joint, i) => {
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

function limiterOf(joint: JointSpec, periodS: number): JointLimiter {
  const limits = resolveLimits(joint);
  switch (joint.commandMode) {
    case 'position':
      return new PositionLimiter(limits, joint.stopMode);
    case 'velocity':
      return new VelocityLimiter(limits, periodS);
    case 'effort':
      return new EffortLimiter(limits, joint.stopMode);
  }
}
