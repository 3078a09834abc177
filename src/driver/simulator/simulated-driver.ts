import type { Observable } from 'rxjs';
import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { SimulationMode, SimulationReply } from '../../wire/simulation/simulation-messages.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import type { ReadingStream } from '../reading-stream.ts';
import { receivedReading } from './simulator-client.ts';
import { replyError, type SimulatorLink, type PendingRequest } from './simulator-link.ts';

/** A simulated robot as a Body. In lock-step every command is answered by exactly one reading (or one error) on readings$. */
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
    // A loss reaches the stream once, by the link's onLost, not by each unanswered command.
    this.toStream = { answered: (reply) => this.receive(reply), failed: () => undefined };
  }

  /** Throws E_SIMULATOR_LOST when the simulator is gone, E_USAGE on a watcher. */
  apply(command: SafeCommand): Applied {
    if (this.watches) throw new SoftqdError('E_USAGE', 'observers cannot send commands');
    const { sequence, targets } = command;
    this.link.send({ type: 'command', sequence, targets }, this.lockStep ? this.toStream : null);
    return { sequence, targets: targets.slice() };
  }

  /** A simulator is always able to move; rejects only when it is gone. */
  arm(): Promise<void> {
    return this.link.failure ? Promise.reject(this.link.failure) : Promise.resolve();
  }

  /** Real time: no effort, no velocity, position targets where the robot is. A lock-step world stands still without a command. */
  disarm(): Promise<void> {
    if (this.lockStep || this.watches || this.link.failure) return Promise.resolve();
    const targets = Float64Array.from(this.spec.joints, ({ commandMode }, i) =>
      commandMode === 'position' ? this.lastPositions[i]! : 0,
    );
    try {
      this.link.send({ type: 'command', sequence: 0, targets }, null);
    } catch {
      // Gone: the simulator itself takes the effort away when its controller leaves.
    }
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.stream.complete();
    await this.link.close();
  }

  /** A reading goes to readings$; a bad one, or a refused command, is an error there that a new subscription survives. */
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
