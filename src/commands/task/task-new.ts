import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SoftqdError } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory-adapter.ts';
import { shellWord, type CommandFunction } from '../../cli/index.ts';
import { readRobotFile } from '../../config/index.ts';
import { moduleText, taskFileText, typeScriptConfigText } from './template.ts';
import type { TaskNewOptions, TaskNewResult } from './types.ts';

/** `softqd task new`: writes tasks/NAME.json5 and its module, and tsconfig.json for the editor where there is none. */
export const taskNewCommand: CommandFunction<TaskNewOptions, TaskNewResult> = async ({ name, robot, program }, ui) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
    throw new SoftqdError('E_USAGE', `${JSON.stringify(name)} is no name of a task`, {
      hint: 'Use letters, digits, hyphens and underscores, 64 at most, beginning with a letter or digit.',
      values: { name },
    });
  }
  if (!robot.includes('/')) {
    throw new SoftqdError('E_USAGE', `--robot ${robot} is the name of a robot; a task needs the folder of yours`, {
      hint: `Pass a folder with a slash (./${robot}). softqd robot import creates one; a copy of config/robots/${robot} is one, too.`,
      values: { robot },
    });
  }
  const directory = resolve(robot);
  const { spec } = await readRobotFile(directory);
  const tasks = join(directory, 'tasks');
  const taskFile = join(tasks, `${name}.json5`);
  const typeScriptConfig = join(tasks, 'tsconfig.json');
  const files = [
    [join(tasks, `${name}.ts`), moduleText(name)],
    [taskFile, taskFileText(name)],
    ...(existsSync(typeScriptConfig) ? [] : [[typeScriptConfig, typeScriptConfigText(typesOfPublicEntry())] as const]),
  ] as const;
  for (const [file] of files)
    if (existsSync(file)) throw notWritten(file, 'already exists and will not be overwritten');
  for (const [file, text] of files) write(file, text);
  const shown = `./${relative('.', directory)}`;
  ui.event({
    task: name,
    robot: spec.name,
    files: files.map(([file]) => file),
    next: [
      `${program} task check ${shellWord(`${shown}/tasks/${name}.json5`)}`,
      `${program} pretrain --robot ${shellWord(shown)} --task ${name} --steps 20000 --seed 1 --out ${name}.safetensors`,
    ],
  });
  return 0;
};

/** The types of softqd/task in this installation; in a checkout, the source. */
function typesOfPublicEntry(): string {
  const here = fileURLToPath(import.meta.url);
  const ending = here.endsWith('.ts') ? 'ts' : 'd.ts';
  return resolve(dirname(here), `../../task/modules/index.${ending}`);
}

function write(file: string, text: string): void {
  try {
    makeDirectory(dirname(file));
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    throw notWritten(file, (cause as Error).message, cause);
  }
}

function notWritten(file: string, reason: string, cause?: unknown): SoftqdError {
  const hint = 'Choose another name, or remove the file.';
  return new SoftqdError('E_USAGE', `${file}: ${reason}`, { hint, values: { file }, cause });
}
