import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { DRIVING_RETRIES, readFaults, servoFault, writeAndVerify } from '../../servo/index.ts';
import type { ArmingSequence } from '../arming.ts';
import { verifyAndArm } from './arm-servos.ts';
import type { RobotServos } from './robot-servos.ts';
import type { ServoSession } from './servo-session.ts';

/** Recoveries of one robot in WINDOW_S; the next overload is a fault: its cause is still there. */
const MAX_RECOVERIES = 3;
const WINDOW_S = 300;
const OVERLOAD = 'overload';

export interface OverloadRecoveryOptions {
  readonly robot: RobotSpec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the driver: a disarm cancels a recovery as it cancels arming, and waits for its end. */
  readonly arming: ArmingSequence;
  readonly watchdogMs: number;
  readonly isArmed: () => boolean;
  /** The servo is armed at this goal, in steps. */
  readonly onRecovered: (index: number, goal: number) => void;
  /** It could not be recovered: the robot is to be stopped. */
  readonly onFailed: (error: SoftqdError) => void;
}

/**
 * Clears the overload of one servo of an armed robot and arms it where it is, with all of its settings, while the other joints hold: a
 * Feetech servo by torque off, a Dynamixel by a restart. Opt-in (`health.overloadRecovery`), at most 3 times in 5 minutes; only for a
 * servo that reports an overload and nothing else.
 */
export class OverloadRecovery {
  private readonly options: OverloadRecoveryOptions;
  private readonly isEnabled: boolean;
  private readonly startedNs: number[] = [];
  private isActive = false;

  constructor(options: OverloadRecoveryOptions) {
    this.options = options;
    const { health, joints } = options.robot;
    // A single servo has no others that could be read meanwhile.
    this.isEnabled = health?.overloadRecovery === true && joints.length > 1;
  }

  /** The servo with this index reports a fault. False: it is to be treated as one. */
  start(session: ServoSession, index: number): boolean {
    const { arming, clock, isArmed, onFailed } = this.options;
    const sinceNs = clock.nowNs() - WINDOW_S * NS_PER_S;
    while (this.startedNs.length > 0 && this.startedNs[0]! < sinceNs) this.startedNs.shift();
    if (!this.isEnabled || this.isActive || !isArmed() || this.startedNs.length >= MAX_RECOVERIES) return false;
    this.isActive = true;
    session.beginRecovery(index);
    arming
      .run((throwIfCanceled) => this.recover(session, index, throwIfCanceled))
      .catch((thrown: unknown) => {
        // A robot that was stopped meanwhile has its reason.
        if (isArmed()) onFailed(toSoftqdError(thrown));
        session.endRecovery(null);
      })
      .finally(() => {
        this.isActive = false;
      });
    return true;
  }

  private async recover(session: ServoSession, index: number, throwIfCanceled: () => void): Promise<void> {
    const { robot, clock, logger, watchdogMs, onRecovered } = this.options;
    const { bus, maps, identities } = session.servos;
    const { id } = identities[index]!;
    const { names } = await readFaults(bus, id, DRIVING_RETRIES);
    if (names.length !== 1 || names[0] !== OVERLOAD) throw servoFault(robot, index, names);
    this.startedNs.push(clock.nowNs());
    throwIfCanceled();
    if (bus.protocol.faultsNeedReboot) await bus.reboot(id);
    else await writeAndVerify(bus, id, { name: 'torqueEnable', value: 0 }, DRIVING_RETRIES);
    throwIfCanceled();
    const servo: RobotServos = { bus, logger, robot: withOneServo(robot, index) };
    const { goals } = await verifyAndArm(servo, [maps[index]!], { watchdogMs, checkpoint: throwIfCanceled });
    onRecovered(index, goals[0]!);
    session.endRecovery(goals[0]!);
    const count = `${this.startedNs.length} of ${MAX_RECOVERIES} in ${WINDOW_S / 60} minutes`;
    const { name } = robot.joints[index]!;
    logger.warning(`${robot.name}: servo ${id} (${name}) recovered from an overload, armed where it is (${count})`);
  }
}

/** The robot as if it had this joint only: what verifies and arms all servos does so for one. */
function withOneServo(robot: RobotSpec, index: number): RobotSpec {
  const servoBus = robot.servoBus!;
  return {
    ...robot,
    joints: [robot.joints[index]!],
    servoBus: { ...servoBus, servos: [servoBus.servos[index]!] },
  };
}
