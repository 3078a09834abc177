import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/index.ts';
import type { RobotSpec, StopMode } from '../../../src/robot/robot-spec.ts';
import { resolveRobotAndTask } from '../../../src/runs/index.ts';
import { robotDirectory } from '../simulator.ts';
import { ROBOTS, type DriverName } from './cell.ts';
import { armPolicy, layersFor, pendulumPolicy } from './oscillating-policy.ts';
import type { Layers } from '../networks.ts';

/** A copy of a robot's folder in which every joint has one stop mode, with a policy that keeps the robot in motion. */
export interface RobotFolder extends Layers {
  readonly path: string;
  readonly robot: RobotSpec;
  readonly task: string;
  readonly policyFile: string;
  /** Of the policy. */
}

const STOP_MODE = /stopMode: '(hold|damp|torque-off)'/g;

/** Copies the robot of a driver into `directory`. */
export async function copyRobot(driver: DriverName, mode: StopMode, directory: string): Promise<RobotFolder> {
  const { robot: name, task } = ROBOTS[driver];
  const path = join(directory, name);
  cpSync(robotDirectory(name), path, { recursive: true });
  const file = join(path, 'robot.json5');
  writeFileSync(file, readFileSync(file, 'utf8').replace(STOP_MODE, `stopMode: '${mode}'`));
  const { robot, identity } = resolveRobotAndTask(await loadConfig({ robot: path, task, env: {} }));
  const { observationNames } = identity;
  const policyFile = join(directory, 'policy.safetensors');
  const policy = task === 'reach' ? armPolicy(name, observationNames) : pendulumPolicy(observationNames);
  writeFileSync(policyFile, policy);
  return { path, robot, task, policyFile, ...layersFor(observationNames) };
}
