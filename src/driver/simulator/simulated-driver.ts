import type { Observable } from 'rxjs';
import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import type { SimulationMode, SimulationReply } from '../../wire/simulation/simulation-messages.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import type { ReadingStream } from '../reading-stream.ts';
import { receivedReading } from './simulator-client.ts';
import { replyError, type SimulatorLink, type PendingRequest } from './simulator-link.ts';

/** The driver of a simulated robot. In lock-step each command leads to exactly one reading (or one error) on readings$. */
export class SimulatedDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  private readonly link: SimulatorLink;
  private readonly stream: ReadingStream;
  private readonly clock: Clock;
  private readonly lockStep: boolean;
  private readonly watches: boolean;
  private readonly toStream: PendingRequest;
  private lastPositions: Float64Array;

  constructor(options: {
    robot: RobotSpec;
    link: SimulatorLink;
    stream: ReadingStream;
    clock: Clock;
    mode: SimulationMode;
    watches: boolean;
  }) {
    this.spec = options.robot;
    this.link = options.link;
    this.stream = options.stream;
    this.clock = options.clock;
    this.lockStep = options.mode === 'lock-step';
    this.watches = options.watches;
    this.readings$ = options.stream.readings$;
    this.lastPositions = new Float64Array(options.robot.joints.length);
    // A loss is emitted once, by onLost of the link, not by each pending command.
    this.toStream = { answered: (reply) => this.receive(reply), failed: () => undefined };
  }

  /** Throws E_SIMULATOR_LOST when the connection is lost, E_USAGE for an observer. */
  apply(command: SafeCommand): Applied {
    if (this.watches) throw new SoftqdError('E_USAGE', 'observers cannot send commands');
    const { sequence, targets } = command;
    this.link.send({ type: 'command', sequence, targets }, this.lockStep ? this.toStream : null);
    return { sequence, targets: targets.slice() };
  }

  /** A simulator is always armed; rejects only when the connection is lost. */
  arm(): Promise<void> {
    return this.link.failure ? Promise.reject(this.link.failure) : Promise.resolve();
  }

  /** Real time: zero effort, zero velocity, position targets at the current positions. Lock-step: time stops without a command. */
  disarm(plan: StopPlan): Promise<StopReport> {
    const report = Promise.resolve(stopReport(plan, null));
    if (this.lockStep || this.watches || this.link.failure) return report;
    const targets = Float64Array.from(this.spec.joints, ({ commandMode }, i) =>
      commandMode === 'position' ? this.lastPositions[i]! : 0,
    );
    try {
      this.link.send({ type: 'command', sequence: 0, targets }, null);
    } catch {
      // Disconnected: the simulator sets the effort to zero when its controller disconnects.
    }
    return report;
  }

  async close(): Promise<void> {
    this.stream.complete();
    await this.link.close();
  }

  /** Emits a reading on readings$. An invalid reading or a rejected command is an error there; a new subscription continues. */
  receive(reply: SimulationReply): void {
    if (reply.type !== 'reading') {
      this.stream.emitFault(replyError(reply, 'reading'));
      return;
    }
    let reading: Reading;
    try {
      reading = receivedReading(reply.reading, this.spec, this.clock);
    } catch (error) {
      this.stream.emitFault(error);
      return;
    }
    this.lastPositions = reading.positions;
    this.stream.push(reading);
  }
}
