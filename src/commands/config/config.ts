import { dirname, resolve } from 'node:path';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { CommandFunction, CommonOptions } from '../../cli/index.ts';
import {
  armingWarnings,
  checkConfigFile,
  isRobotFilePath,
  listPresets,
  listRobots,
  listTasks,
  readRobotFile,
  type LoadedConfig,
} from '../../config/index.ts';
import { createWorld } from '../../simulator/index.ts';
import type { ConfigCheckOptions, ConfigCheckResult, ConfigShowResult } from './types.ts';

/** `softqd config show`: every effective setting with its source. */
export const configShowCommand: CommandFunction<CommonOptions, ConfigShowResult> = async (options, ui) => {
  const loaded = await options.configure();
  const robots = await Promise.all(
    (await listRobots()).map(async (robot) => ({ robot, tasks: await listTasks(robot) })),
  );
  const reproducibleNote = irreproducibleReason(loaded);
  ui.event({
    robot: loaded.robot?.name ?? null,
    task: loaded.task,
    preset: loaded.preset,
    reproducible: reproducibleNote === null,
    reproducibleNote,
    settings: loaded.explain(),
    robots,
    presets: await listPresets(),
    warnings: loaded.warnings,
  });
  return 0;
};

/** Why two runs of this configuration may differ; null when they produce the same bytes. */
function irreproducibleReason({ config }: LoadedConfig): string | null {
  if (config.simulator.mode === 'real-time') return 'simulator.mode is real-time: runs are not reproducible';
  if (config.learner.threads > 1) return `learner.threads is ${config.learner.threads}: runs are not bit-reproducible`;
  return null;
}

/**
 * `softqd config check`: all problems of a file, or of the effective configuration; a robot file is also compared with its model. Exit code
 * 2 when there are any.
 */
export const configCheckCommand: CommandFunction<ConfigCheckOptions, ConfigCheckResult> = async (options, ui) => {
  const { file, json } = options;
  if (file === null) {
    await options.configure();
    ui.event({ ok: true, file, problems: [], warnings: [] });
    return 0;
  }
  const stated = await checkConfigFile(file);
  const robot = stated.length === 0 && isRobotFilePath(file) ? await checkRobot(dirname(resolve(file))) : null;
  const problems = robot?.problems ?? stated;
  const warnings = robot?.warnings ?? [];
  const [first] = problems;
  if (first === undefined) {
    ui.event({ ok: true, file, problems, warnings });
    return 0;
  }
  if (json) ui.event({ ok: false, file, problems, warnings, error: first });
  else
    for (const { code, message, hint, values } of problems) ui.error(new SoftqdError(code, message, { hint, values }));
  return 2;
};

/** What the model of a robot contradicts in its file, and what the file lacks for hardware. */
async function checkRobot(directory: string): Promise<Pick<ConfigCheckResult, 'problems' | 'warnings'>> {
  const { spec } = await readRobotFile(directory);
  const warnings = armingWarnings(spec);
  if (spec.world === undefined) return { problems: [], warnings };
  try {
    (await createWorld(spec, directory)).dispose();
    return { problems: [], warnings };
  } catch (thrown) {
    const { code, message, hint, values } = toSoftqdError(thrown);
    return { problems: [{ code, message, hint, values }], warnings };
  }
}
