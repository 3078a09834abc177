import type { CommandMode } from '../../src/robot/robot-spec.ts';
import { jointState } from './joint-state-message.ts';
import { RosbridgeServer, type RosbridgeServerOptions } from './rosbridge-server.ts';

export interface RosbridgeRobotOptions extends RosbridgeServerOptions {
  readonly joints: readonly { readonly name: string; readonly mode: CommandMode }[];
  readonly commandTopic: string;
  readonly commandType?: 'std_msgs/Float64MultiArray' | 'trajectory_msgs/JointTrajectory';
  readonly stateTopic?: string;
  /** How often joint states are published, ms; 0 = only on request. */
  readonly periodMs?: number;
  /** Other joints before those of the robot. */
  readonly extra?: readonly string[];
  readonly withVelocities?: boolean;
}

const DEFAULT_PERIOD_MS = 5;

/** A robot in ROS behind a rosbridge server: its controller executes commands at once, its broadcaster publishes joint states. */
export class RosbridgeRobot {
  server!: RosbridgeServer;
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  readonly commands: Float64Array[] = [];
  silent = false;
  private readonly options: RosbridgeRobotOptions;
  private timer: NodeJS.Timeout | null = null;
  private ticks = 0;

  private constructor(options: RosbridgeRobotOptions) {
    this.options = options;
    const joints = options.joints.length;
    this.positions = new Float64Array(joints);
    this.velocities = new Float64Array(joints);
    this.efforts = new Float64Array(joints);
  }

  static async start(options: RosbridgeRobotOptions): Promise<RosbridgeRobot> {
    const robot = new RosbridgeRobot(options);
    await robot.startServer(options.port ?? 0);
    return robot;
  }

  get url(): string {
    return `rosbridge://127.0.0.1:${this.server.port}`;
  }

  /** Restarts the server (not the robot) on the same port. */
  async restartServer(): Promise<void> {
    const { port } = this.server;
    await this.server.stop();
    await this.startServer(port);
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.server.stop();
  }

  /** Publishes the positions of the joints, or another message. */
  say(parts: Partial<Parameters<typeof jointState>[2]> = {}): void {
    const { extra = [], joints, withVelocities = true, stateTopic = '/joint_states', rosVersion = 2 } = this.options;
    const padded = (values: Float64Array): number[] => [...extra.map(() => 9), ...values];
    this.ticks++;
    this.server.publish(
      stateTopic,
      jointState(rosVersion, 1000 + this.ticks * 0.005, {
        name: [...extra, ...joints.map(({ name }) => name)],
        position: padded(this.positions),
        ...(withVelocities ? { velocity: padded(this.velocities), effort: padded(this.efforts) } : {}),
        ...parts,
      }),
    );
  }

  private async startServer(port: number): Promise<void> {
    const { commandTopic, commandType = 'std_msgs/Float64MultiArray', stateTopic = '/joint_states' } = this.options;
    const { periodMs = DEFAULT_PERIOD_MS } = this.options;
    const server = await RosbridgeServer.start({
      topics: { [stateTopic]: 'sensor_msgs/JointState', [commandTopic]: commandType },
      ...this.options,
      port,
    });
    server.listeners.set(commandTopic, ['/controller']);
    server.onPublished = (topic, msg) => {
      if (topic === commandTopic) this.command(msg);
    };
    this.server = server;
    if (periodMs > 0 && this.timer === null) {
      this.timer = setInterval(() => {
        if (!this.silent) this.say();
      }, periodMs);
    }
  }

  private command(msg: Readonly<Record<string, unknown>>): void {
    const data = msg['data'] as number[] | undefined;
    const point = (msg['points'] as { positions: number[]; velocities: number[] }[] | undefined)?.[0];
    const targets = Float64Array.from(data ?? point!.positions);
    this.commands.push(targets);
    this.options.joints.forEach(({ mode }, i) => {
      if (mode === 'position' || point) this.positions[i] = targets[i]!;
      else if (mode === 'velocity') this.velocities[i] = targets[i]!;
      else this.efforts[i] = targets[i]!;
    });
  }
}
