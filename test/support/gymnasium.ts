import { readFileSync } from 'node:fs';
import path from 'node:path';
import JSON5 from 'json5';
import { createTask, type Task } from '../../src/task/index.ts';
import type { TaskSettings } from '../../src/task/settings.ts';
import { loadRobot, robotDirectory } from './simulator.ts';

/** The robots of Gymnasium's MuJoCo environments: ours, and the name of theirs. */
export const GYMNASIUM_ROBOTS = [
  ['swimmer', 'Swimmer'],
  ['half-cheetah', 'HalfCheetah'],
  ['hopper', 'Hopper'],
  ['walker2d', 'Walker2d'],
  ['ant', 'Ant'],
  ['reacher', 'Reacher'],
  ['inverted-pendulum', 'InvertedPendulum'],
  ['inverted-double-pendulum', 'InvertedDoublePendulum'],
] as const;

interface Trajectories {
  readonly source: string;
  readonly task: string;
  readonly episodes: readonly {
    readonly start: { readonly qpos: number[]; readonly qvel: number[]; readonly observation: readonly number[] };
    readonly steps: readonly {
      readonly action: readonly number[];
      readonly reward: number;
      readonly terminated: boolean;
      readonly truncated: boolean;
      readonly observation?: readonly number[];
    }[];
  }[];
}

function readVector(file: string): unknown {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, '../vectors/gymnasium', file), 'utf8'));
}

/** Trajectories of Gymnasium's environment of this name; test/vectors/gymnasium/generate.py writes them. */
export function trajectoriesOf(environment: string): Trajectories {
  return readVector(`${environment}-v5.json`) as Trajectories;
}

/** Gymnasium's compiled model of this name. */
export function modelOf(environment: string): CompiledModel {
  return readVector(`models/${environment}.json`) as CompiledModel;
}

type Values = Readonly<Record<string, unknown>>;

export interface CompiledModel {
  readonly opt: Values;
  readonly qpos0: readonly number[];
  readonly bodies: readonly Values[];
  readonly joints: readonly Values[];
  readonly geoms: readonly Values[];
  readonly actuators: readonly Values[];
}

/** The settings in config/robots/ROBOT/tasks/TASK.json5. */
export function taskSettings(robot: string, name: string): TaskSettings {
  const text = readFileSync(path.join(robotDirectory(robot), 'tasks', `${name}.json5`), 'utf8');
  return { parameters: {}, ...JSON5.parse<Omit<TaskSettings, 'name' | 'parameters'>>(text), name };
}

/** The task in config/robots/ROBOT/tasks/TASK.json5, with other parameters if given. */
export function loadTask(robot: string, name: string, parameters: TaskSettings['parameters'] = {}): Task {
  const settings = taskSettings(robot, name);
  return createTask(loadRobot(robot), { ...settings, parameters: { ...settings.parameters, ...parameters } });
}
