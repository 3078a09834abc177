import { join } from 'node:path';
import { Cli, temporaryDirectory } from './cli.ts';
import { ServoGroundTruth } from './servo-ground-truth.ts';

/** The ground truth is written in blocks. */
const FLUSH_MS = 150;

/** `softqd virtual` in a process of its own, with the flags of the commands that use it, and what really happened to its servos. */
export class VirtualServos {
  readonly directory = temporaryDirectory();
  readonly robot: 'so101' | 'koch';
  /** Flags of every command for this robot; long timeouts, because the virtual robot shares the processors. */
  flags: readonly string[] = [];
  /** The value of --driver. */
  driver = '';
  private readonly device: Cli;
  private readonly truthFile = join(this.directory.path, 'truth.jsonl');

  private constructor(robot: 'so101' | 'koch', flags: readonly string[]) {
    this.robot = robot;
    const folder = flags.includes('--robot') ? [] : ['--robot', robot];
    this.device = new Cli(['virtual', ...folder, '--json', '--ground-truth', this.truthFile, ...flags]);
  }

  /** `flags` of `softqd virtual`; with --robot in them the device is another robot than that of the commands. */
  static async start(robot: 'so101' | 'koch', flags: readonly string[] = []): Promise<VirtualServos> {
    const servos = new VirtualServos(robot, flags);
    const { pty, protocol } = await servos.device.event(({ event }) => event === 'ready');
    servos.driver = `${String(protocol)}:${String(pty)}`;
    const settings = [
      ['driver.connectTimeoutMs', '30000'],
      ['driver.commandTimeoutMs', '100'],
      ['control.readingMaxAgeMs', '1000'],
      ['control.realTimePriority', '0'],
    ].flatMap(([key, value]) => ['--set', `${key!}=${value!}`]);
    servos.flags = ['--robot', robot, '--driver', servos.driver, '--data', servos.data, ...settings];
    return servos;
  }

  /** The value of --data. */
  get data(): string {
    return join(this.directory.path, 'data');
  }

  async truth(): Promise<ServoGroundTruth> {
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    return new ServoGroundTruth(this.truthFile, this.robot === 'so101' ? 'feetech' : 'dynamixel');
  }

  async close(): Promise<void> {
    this.device.child.kill('SIGINT');
    await this.device.done;
    this.directory.remove();
  }
}
