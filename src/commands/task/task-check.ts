import { basename, dirname, resolve } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { requireRobot } from '../../runs/index.ts';
import { examineInChild } from './examine-in-child.ts';
import type { TaskCheckOptions, TaskCheckResult } from './types.ts';

/** `softqd task check`: runs a task on readings of its robot. Exit code 2 when it throws or lacks a property of a task. */
export const taskCheckCommand: CommandFunction<TaskCheckOptions, TaskCheckResult> = async (options, ui) => {
  const { directory, name } = placeOf(options.file);
  const loaded = await options.configure({ robot: directory, task: name });
  const { robot } = requireRobot(loaded);
  const launch = { robot, directory, settings: loaded.task!, module: loaded.taskModule };
  const { examined, thrown } = await examineInChild(launch, options.file, ui.signal);
  const failed = examined.checks.find(({ problem }) => problem !== null);
  const error =
    thrown ??
    (failed === undefined
      ? null
      : new SoftqdError('E_TASK_MODULE', `${options.file}: ${failed.name}: ${failed.problem ?? ''}`, {
          values: { file: options.file, check: failed.name },
        }));
  ui.event({
    ok: error === null,
    file: options.file,
    task: name,
    robot: robot.name,
    ...examined,
    controlPeriodS: robot.controlPeriodS,
    ...(error === null ? {} : error.toJSON()),
  });
  if (error === null) return 0;
  if (!options.json) ui.error(error);
  return 2;
};

/** The robot's folder and the name of the task. Throws E_USAGE. */
function placeOf(file: string): { readonly directory: string; readonly name: string } {
  const path = resolve(file);
  const folder = dirname(path);
  if (basename(folder) === 'tasks' && path.endsWith('.json5'))
    return { directory: dirname(folder), name: basename(path, '.json5') };
  throw new SoftqdError('E_USAGE', `${file} is not a task file of a robot`, {
    hint: "Pass tasks/NAME.json5 in the robot's folder.",
    values: { file },
  });
}
