import { firstValueFrom, type Observable } from 'rxjs';
import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import type { SimulationMode, SimulationReply } from '../../wire/simulation/simulation-messages.ts';
import { DamageMonitor } from '../connection/damage-monitor.ts';
import { ReadingPauses } from '../connection/reading-pauses.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import type { ReadingStream } from '../reading-stream.ts';
import { receivedReading } from './simulator-client.ts';
import { replyError, type SimulatorLink, type PendingRequest } from './simulator-link.ts';

/** A reading within this time after the stop shows that the simulator runs. */
const STOP_TIMEOUT_MS = 300;

export interface SimulatedDriverOptions {
  readonly robot: RobotSpec;
  readonly link: SimulatorLink;
  readonly stream: ReadingStream;
  readonly clock: Clock;
  /** Real monotonic time. */
  readonly wallClock: Clock;
  readonly logger: Logger;
  readonly mode: SimulationMode;
  readonly watches: boolean;
}

/**
 * The driver of a simulated robot. In lock-step each command leads to exactly one reading (or one error) on readings$. In real time a
 * damaged frame or reading is counted and passed over; a flood of them is a fault.
 */
export class SimulatedDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  private readonly link: SimulatorLink;
  private readonly stream: ReadingStream;
  private readonly clock: Clock;
  private readonly wallClock: Clock;
  private readonly lockStep: boolean;
  private readonly watches: boolean;
  private readonly toStream: PendingRequest;
  private readonly damage: DamageMonitor;
  private readonly pauses: ReadingPauses;
  /** The newest guarded targets that were sent since the robot was armed; null: none, so that there is nothing to stop. */
  private sent: Float64Array | null = null;

  constructor(options: SimulatedDriverOptions) {
    const { robot, logger, wallClock } = options;
    this.spec = robot;
    this.link = options.link;
    this.stream = options.stream;
    this.clock = options.clock;
    this.wallClock = wallClock;
    this.lockStep = options.mode === 'lock-step';
    this.watches = options.watches;
    this.readings$ = options.stream.readings$;
    this.damage = new DamageMonitor({ clock: wallClock, logger, robot: robot.name });
    this.pauses = new ReadingPauses({
      ...{ robot: robot.name, maxAgeS: robot.readingMaxAgeS, logger },
      hasDeviceClock: false,
    });
    // A loss is emitted once, by onLost of the link, not by each pending command.
    this.toStream = { answered: (reply) => this.receive(reply), failed: () => undefined };
  }

  /** Throws E_SIMULATOR_LOST when the connection is lost, E_USAGE for an observer. */
  apply(command: SafeCommand): Applied {
    if (this.watches) throw new SoftqdError('E_USAGE', 'observers cannot send commands');
    const { sequence, targets } = command;
    this.link.send({ type: 'command', sequence, targets }, this.lockStep ? this.toStream : null);
    this.sent = targets.slice();
    return { sequence, targets: targets.slice() };
  }

  /** How often readings in real time stayed away for longer than the age limit. */
  get readingPauses(): number {
    return this.pauses.count;
  }

  /** A simulator is always armed; rejects only when the connection is lost. */
  arm(): Promise<void> {
    this.sent = null;
    return this.link.failure ? Promise.reject(this.link.failure) : Promise.resolve();
  }

  /**
   * Real time: sends the last guarded targets again, velocities and efforts 0; the simulator puts each joint in its stop mode when no more
   * commands come, and when the controller disconnects. Confirmed by a reading after that. Lock-step: time stops without a command.
   */
  async disarm(plan: StopPlan): Promise<StopReport> {
    const { sent } = this;
    if (this.lockStep || this.watches || sent === null) return stopReport(plan, null);
    const { joints } = this.spec;
    const targets = Float64Array.from(joints, ({ commandMode }, i) => (commandMode === 'position' ? sent[i]! : 0));
    try {
      this.link.send({ type: 'command', sequence: 0, targets }, null);
    } catch {
      return stopReport(plan, 'the simulator is not connected; it puts its joints in their stop modes by itself');
    }
    return stopReport(
      plan,
      (await this.hasReading()) ? null : `no reading within ${STOP_TIMEOUT_MS} ms after the stop`,
    );
  }

  async close(): Promise<void> {
    this.stream.complete();
    await this.link.close();
  }

  /** Real time: counts a damaged frame or reading. */
  passOver(error: SoftqdError): void {
    const flood = this.damage.damaged(error);
    if (flood !== null) this.stream.emitFault(flood);
  }

  /** Emits a reading on readings$. A rejected command, and in lock-step an invalid reading, is a fault there. */
  receive(reply: SimulationReply): void {
    if (reply.type !== 'reading') {
      this.stream.emitFault(replyError(reply, 'reading'));
      return;
    }
    let reading: Reading;
    try {
      reading = receivedReading(reply.reading, this.spec, this.clock);
    } catch (error) {
      if (this.lockStep) this.stream.emitFault(error);
      else this.passOver(toSoftqdError(error));
      return;
    }
    if (!this.lockStep) this.pauses.received(reading, this.sent !== null);
    this.stream.push(reading);
  }

  /** Whether a reading comes within STOP_TIMEOUT_MS. */
  private hasReading(): Promise<boolean> {
    const { wallClock } = this;
    return new Promise((resolve) => {
      const cancel = wallClock.setTimer(wallClock.nowNs() + STOP_TIMEOUT_MS * NS_PER_MS, () => resolve(false));
      firstValueFrom(this.readings$)
        .then(
          ({ kind }) => resolve(kind === 'reading'),
          () => resolve(false),
        )
        .finally(cancel);
    });
  }
}
