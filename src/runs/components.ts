import { connectSimulator, type SimulatorConnection } from '../driver/index.ts';
import { SoftqdError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { LoadedConfig, TaskFile } from '../config/index.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { type ActingPolicy, createPolicy as createActingPolicy } from '../policy/index.ts';
import { createGuard, type HealthWarning } from '../safety/index.ts';
import type { Guard } from '../safety/port.ts';
import { createTask } from '../task/index.ts';
import type { Task } from '../task/port.ts';
import { readToken, type SimulatorLaunch } from '../processes/index.ts';
import type { PolicyIdentity } from './policy-switcher.ts';
import { requireRobot } from './require-robot.ts';

/** A configuration with robot and task chosen. */
export interface RobotAndTask {
  readonly loaded: LoadedConfig;
  readonly robot: RobotSpec;
  readonly robotDirectory: string;
  readonly taskFile: TaskFile;
  readonly task: Task;
  readonly identity: PolicyIdentity;
}

/** Throws E_USAGE when robot or task is missing. */
export function resolveRobotAndTask(loaded: LoadedConfig): RobotAndTask {
  const { robot, robotDirectory } = requireRobot(loaded);
  const { task: taskFile } = loaded;
  if (taskFile === null)
    throw new SoftqdError('E_USAGE', `--task is required for robot ${robot.name}`, { hint: 'Pass --task NAME.' });
  const task = createTask(robot, taskFile, loaded.taskModule);
  const identity = {
    robot: robot.name,
    task: taskFile.name,
    observationNames: task.spec.observationNames,
    actionNames: robot.joints.map((joint) => joint.name),
  };
  return { loaded, robot, robotDirectory, taskFile, task, identity };
}

/** How the embedded simulator of this configuration is started; `port` 0 takes any free one. */
export function simulatorLaunch(
  robot: RobotSpec,
  robotDirectory: string,
  loaded: LoadedConfig,
  where: { mode: 'lock-step' | 'real-time'; port: number },
): SimulatorLaunch {
  return {
    robot,
    robotDirectory,
    mode: where.mode,
    host: '127.0.0.1',
    port: where.port,
    token: null,
    maxFrameBytes: loaded.config.simulator.maxFrameBytes,
  };
}

export interface ConnectOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly controlPeriodS: number;
  readonly signal?: AbortSignal;
  /** See ConnectSimulatorOptions. */
  readonly onLost?: () => void;
  /** Absent: that of simulator.tokenFile, where one is configured. */
  readonly token?: string;
}

/** Connects as the controller of a simulator. */
export function connectToSimulator(
  selected: Pick<RobotAndTask, 'robot' | 'loaded'>,
  options: ConnectOptions,
): Promise<SimulatorConnection> {
  const { tokenFile, receiveTimeoutMs, maxFrameBytes } = selected.loaded.config.simulator;
  return connectSimulator({
    robot: selected.robot,
    role: 'controller',
    receiveTimeoutMs,
    maxFrameBytes,
    ...(tokenFile === null || options.token !== undefined ? {} : { token: readToken(tokenFile) }),
    ...options,
  });
}

/** The sampling network as it runs on the robot, with the preset's exploration (none for evaluation). */
export function createPolicy(selected: RobotAndTask, random: Random, exploring: boolean): ActingPolicy {
  const { learner } = selected.loaded.config;
  return createActingPolicy({
    observationSize: selected.task.spec.observationNames.length,
    actionSize: selected.task.spec.actionSize,
    random,
    latentCorrelation: exploring ? learner.latentCorrelation : 0,
    exploration: exploring ? learner.exploration : 'none',
  });
}

export interface GuardContext {
  /**
   * Determined by the driver, not by the robot file: a simulated robot can be put anywhere and may lack limits; anything that may be
   * hardware must have them.
   */
  readonly simulated: boolean;
  readonly controlPeriodS?: number;
  /** Real time only: arming then rejects a stale reading. */
  readonly clock?: Clock;
  /** Warnings about motors: temperature, supply, load. */
  readonly onWarning?: (warning: HealthWarning) => void;
}

/** The guard of a robot, with the limits of its file, for the driver that is used. */
export function createGuardForRobot(robot: RobotSpec, { simulated, ...options }: GuardContext): Guard {
  return createGuard(
    { ...robot, kind: simulated ? 'simulated' : 'hardware' },
    {
      controlPeriodS: robot.controlPeriodS,
      readingMaxAgeS: robot.readingMaxAgeS,
      ...options,
    },
  );
}
