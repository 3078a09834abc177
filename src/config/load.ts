import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CompiledModule } from '../base/compiled-module.ts';
import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { Config, LoadedConfig, TaskFile } from './config.ts';
import { effectiveConfig } from './convict-store.ts';
import { crossChecks } from './cross-checks.ts';
import { explainKeys } from './explain.ts';
import { readJson5File } from './json5-file.ts';
import { environmentLayer, flagLayer, objectLayer, type Layer, type LayerValue } from './layer.ts';
import { robotDirectory, builtInPaths, taskFile, type ConfigPaths } from './config-paths.ts';
import { readPresetFile } from './preset-file.ts';
import { problemsError, type ConfigProblem } from './problem.ts';
import { readRobotFile, robotAtRate, type RobotFile } from './robot-file.ts';
import { LEARNER_SETTINGS } from '../learner/settings/index.ts';
import { CONFIG_KEYS, pathInConfig, SCHEMA, type ConfigKey } from './schema.ts';
import { compileTaskModule } from './task-module.ts';
import { readTaskFile, type ReadTaskFile } from './task-file.ts';

export interface LoadOptions {
  /** Dotted keys, e.g. `{'control.rateHz': 100}`; text is read as the key's kind. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** A name below config/robots/, or the path of a folder (with a slash). */
  readonly robot?: string | undefined;
  readonly task?: string | undefined;
  /** The user's own JSON5 file (--config). */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly places?: ConfigPaths;
}

/**
 * The effective configuration: default < preset < robot < task < file < environment < flag. A task file's `learner` keys
 * count under preset `default` only; what a preset states for the task comes right after the task file.
 * Throws E_CONFIG, E_CONFIG_UNKNOWN_KEY, E_CONFIG_VALUE (all problems in one message), E_ROBOT_UNKNOWN, E_ROBOT_FILE, E_TASK_UNKNOWN.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const places = options.places ?? builtInPaths;
  const environment = environmentLayer(options.env);
  const flags = flagLayer(options.flags ?? {});
  const defaults = await fileLayer(places.defaultsFile, 'default');
  const file = options.file === undefined ? noLayer : await fileLayer(resolve(options.file));
  const robot = options.robot === undefined ? null : await readRobotFile(await robotDirectory(options.robot, places));
  const task = await selectedTask(robot, options.task);

  const preset = presetName([defaults, robot?.layer ?? noLayer, task?.layer ?? noLayer, file, environment, flags]);
  const presetFile = await readPresetFile(preset, task?.name ?? null, places);
  const taskLayer = task === null ? noLayer : preset === 'default' ? task.layer : withoutLearnerSection(task.layer);
  const layers = [
    defaults,
    presetFile.layer,
    robot?.layer ?? noLayer,
    taskLayer,
    presetFile.taskLayer,
    file,
    environment,
    flags,
  ];
  throwOnProblems(layers.flatMap((layer) => layer.problems));

  const values = layers.map((layer) => layer.values);
  const config = withAbsolutePaths(effectiveConfig(values));
  throwOnProblems(crossChecks(config));
  const spec = robot === null ? null : robotAtRate(robot.spec, config.control);
  const taskModule = await moduleOf(task, robot);
  const effectiveTask = task === null ? null : taskOf(task, taskModule, config);
  const modelSha256 = robot === null ? null : await modelDigest(robot, robot.spec);
  const valueOf = (key: ConfigKey): unknown => valueAt(config, key);
  return {
    config,
    preset,
    robot: spec,
    robotDirectory: robot?.directory ?? null,
    task: effectiveTask,
    taskModule,
    warnings: environment.warnings,
    explain: () => explainKeys(values, valueOf),
    modelSha256,
    runSettings: () =>
      new Map(CONFIG_KEYS.filter((key) => SCHEMA[key].affectsRunHash).map((key) => [key, valueOf(key)])),
  };
}

const noLayer: Layer = { values: new Map<ConfigKey, LayerValue>(), problems: [] };

/** `source` null: named by file and line. */
async function fileLayer(path: string, source: string | null = null): Promise<Layer> {
  const { root, positions } = await readJson5File(path);
  return objectLayer({ root, file: path, source, positions });
}

async function selectedTask(robot: RobotFile | null, name: string | undefined): Promise<ReadTaskFile | null> {
  if (name === undefined) return null;
  if (robot === null)
    throw new SoftqdError('E_USAGE', `--task ${name} requires --robot`, { hint: 'Pass --robot as well.' });
  return readTaskFile(name, await taskFile(robot.spec.name, name, robot.directory));
}

function presetName(layers: readonly Layer[]): string {
  const value = layers.findLast((layer) => layer.values.has('learner.preset'))?.values.get('learner.preset')?.value;
  return typeof value === 'string' ? value : LEARNER_SETTINGS.preset.default;
}

function withoutLearnerSection(layer: Layer): Layer {
  return { ...layer, values: new Map([...layer.values].filter(([key]) => !key.startsWith('learner.'))) };
}

function throwOnProblems(problems: readonly ConfigProblem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw problemsError([first, ...others]);
}

function withAbsolutePaths(config: Config): Config {
  const expand = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(path));
  const { data, simulator } = config;
  return {
    ...config,
    data: { ...data, directory: expand(data.directory) },
    simulator: { ...simulator, tokenFile: simulator.tokenFile === null ? null : expand(simulator.tokenFile) },
  };
}

async function moduleOf(task: ReadTaskFile | null, robot: RobotFile | null): Promise<CompiledModule | null> {
  if (robot === null || task === null || task.module === null) return null;
  return compileTaskModule(robot.directory, task.path, task.module);
}

function taskOf(task: ReadTaskFile, compiled: CompiledModule | null, config: Config): TaskFile {
  const { discount, horizon } = config.task;
  if (discount === null || horizon === null) {
    throw new SoftqdError(
      'E_CONFIG_VALUE',
      `task.${discount === null ? 'discount' : 'horizon'} is null: task ${task.name} needs a number`,
      {
        values: { task: task.name },
      },
    );
  }
  const { name, kind, module, parameters, reward } = task;
  const made = module === null || compiled === null ? {} : { module, moduleSha256: compiled.sha256 };
  return { name, kind, discount, horizon, parameters, ...(reward === null ? {} : { reward }), ...made };
}

async function modelDigest(robot: RobotFile, spec: RobotSpec): Promise<string | null> {
  if (spec.world?.type !== 'mujoco') return null;
  const path = join(robot.directory, spec.world.modelFile);
  try {
    return sha256Hex(await readFile(path));
  } catch (cause) {
    throw new SoftqdError('E_ROBOT_FILE', `${path}: the model of robot ${spec.name} cannot be read`, {
      values: { robot: spec.name, file: path },
      cause,
    });
  }
}

function valueAt(config: Config, key: ConfigKey): unknown {
  return pathInConfig(key).reduce((value: unknown, name) => (value as Readonly<Record<string, unknown>>)[name], config);
}
