import { NS_PER_S, type Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { World } from '../port.ts';

/** A controller may miss this many control periods. */
const MIN_PERIODS = 3;
/** At most one log line in this time. */
const LOG_PERIOD_S = 10;

export interface RealTimeCommandOptions {
  readonly robot: RobotSpec;
  readonly world: World;
  readonly clock: Pick<Clock, 'nowNs'>;
  readonly logger: Logger;
  readonly commandTimeoutS: number;
  /** Called when the joints go to their stop modes because commands are missing. */
  readonly onTimeout: () => void;
}

/**
 * What acts on a world in real time: the last command; without one for the command timeout, or without a controller, each joint's stop mode.
 * The next command ends the stop. Before the first command of a controller, and after a reset, positions are held.
 */
export class RealTimeCommand {
  private readonly options: RealTimeCommandOptions;
  private targets: Float64Array;
  /** When the last command came; null: none is awaited. */
  private commandNs: number | null = null;
  private isStopped = false;
  private loggedNs = -Infinity;

  constructor(options: RealTimeCommandOptions) {
    this.options = options;
    this.targets = this.idleTargets();
  }

  /** A controller has taken over, or the world was reset. */
  begin(): void {
    this.resume();
    this.commandNs = null;
    this.targets = this.idleTargets();
  }

  command(targets: Float64Array): void {
    this.resume();
    this.commandNs = this.options.clock.nowNs();
    this.targets = targets;
  }

  /** The controller has disconnected. */
  controllerLeft(): void {
    this.commandNs = null;
    this.stop();
  }

  /** The targets of the next period. */
  next(): Float64Array {
    const { clock, world, commandTimeoutS } = this.options;
    const timeoutNs = Math.max(commandTimeoutS, MIN_PERIODS * world.controlPeriodS) * NS_PER_S;
    const sinceNs = this.commandNs === null ? 0 : clock.nowNs() - this.commandNs;
    if (!this.isStopped && sinceNs > timeoutNs) this.timedOut(sinceNs);
    return this.targets;
  }

  private timedOut(sinceNs: number): void {
    const { robot, clock, logger, onTimeout } = this.options;
    this.stop();
    onTimeout();
    const nowNs = clock.nowNs();
    if (nowNs - this.loggedNs < LOG_PERIOD_S * NS_PER_S) return;
    this.loggedNs = nowNs;
    const modes = [...new Set(robot.joints.map(({ stopMode }) => stopMode))].join(', ');
    logger.warning(`no command for ${Math.round(sinceNs / 1e6)} ms: the joints go to their stop modes (${modes})`);
  }

  private stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    const { robot, world } = this.options;
    world.stop(robot.joints.map(({ stopMode }) => stopMode));
  }

  private resume(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.options.world.resume();
  }

  /** Zero effort, zero velocity; the target of a position joint is its current position. */
  private idleTargets(): Float64Array {
    const { robot, world } = this.options;
    const { positions } = world.reading();
    return Float64Array.from(robot.joints, ({ commandMode }, i) => (commandMode === 'position' ? positions[i]! : 0));
  }
}
