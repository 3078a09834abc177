import type { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import {
  commandTimeoutError,
  DRIVING_RETRIES,
  readFaults,
  servoFault,
  torqueLostError,
  watchdogLostError,
  type HealthCheck,
} from '../../servo/index.ts';
import type { ArmedState } from './armed-state.ts';
import type { VerifiedServos } from './connect-and-verify.ts';
import type { FaultReporter } from './fault-reporter.ts';
import type { ServoFaultStatus } from './reading-assembler.ts';
import { TorqueMonitor } from './torque-monitor.ts';

export interface FaultResponseOptions {
  readonly robot: RobotSpec;
  readonly armed: ArmedState;
  readonly reporter: FaultReporter;
  /** The error of a servo that gives no value now, or null. */
  readonly silentServo: () => SoftqdError | null;
  /** Clears an overload of the servo with this index; false: it does not, and the robot is to be stopped. */
  readonly recover: (index: number) => boolean;
  /** Stops the servos and clears `armed`. */
  readonly stop: () => void;
}

/** What happens at a fault: an armed robot is stopped and stays disarmed until it is armed again, and the fault is reported once. */
export class FaultResponse {
  private readonly options: FaultResponseOptions;
  private readonly torque = new TorqueMonitor();

  constructor(options: FaultResponseOptions) {
    this.options = options;
  }

  /** The fault is over: a reading without a fault arrived, or the bus was reconnected. */
  clear(): void {
    this.options.reporter.clear();
  }

  onArmed(): void {
    this.torque.reset();
    this.clear();
  }

  stopAndReport(error: SoftqdError): void {
    const { armed, reporter, stop } = this.options;
    const wasArmed = armed.isArmed;
    if (wasArmed) stop();
    else if (reporter.isReported) return;
    reporter.report(error, wasArmed);
  }

  /** Waiting for a silent servo delays commands: it is the cause then. */
  commandTimeout(): void {
    const { robot, armed, silentServo } = this.options;
    this.stopAndReport(silentServo() ?? commandTimeoutError(robot, armed.commandTimeout.limitMs));
  }

  watchdogLost(detail: string): void {
    this.stopAndReport(watchdogLostError(this.options.robot, detail));
  }

  /** A servo's error byte. Where it does not name the fault, the robot is stopped first and the fault register is read then. */
  servoFault({ bus, identities }: VerifiedServos, { index, statusBits }: ServoFaultStatus): void {
    const { robot, armed, reporter, recover, stop } = this.options;
    if (reporter.isReported || recover(index)) return;
    const names = bus.protocol.packets.statusBitNames(statusBits);
    if (bus.protocol.errorByteNamesFaults) {
      this.stopAndReport(servoFault(robot, index, names));
      return;
    }
    const wasArmed = armed.isArmed;
    reporter.begin();
    if (wasArmed) stop();
    void readFaults(bus, identities[index]!.id, DRIVING_RETRIES).then(
      (faults) => reporter.report(servoFault(robot, index, faults.names), wasArmed),
      () => reporter.report(servoFault(robot, index, names), wasArmed),
    );
  }

  /** A register that reveals a servo that stopped without reporting a fault. */
  healthCheck(
    { identities }: VerifiedServos,
    { id, check, value }: { readonly id: number; readonly check: HealthCheck; readonly value: number },
  ): void {
    const { robot, armed } = this.options;
    if (!armed.isArmed || !this.torque.hasFailed(id, check, value)) return;
    if (check.kind === 'watchdog') this.commandTimeout();
    else {
      const index = identities.findIndex((servo) => servo.id === id);
      this.stopAndReport(torqueLostError(robot, index));
    }
  }
}
