import type { CommandFunction } from '../../cli/index.ts';
import { listPresets, listRobots, listTasks } from '../../config/index.ts';
import { bashScript, zshScript } from './bash-script.ts';
import { fishScript } from './fish-script.ts';
import type { CompletionOptions, CompletionResult, FlagValues } from './types.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `softqd completion`: a script that completes commands, flags, and the names of robots, tasks and presets that come with softqd. */
export const completionCommand: CommandFunction<CompletionOptions, CompletionResult> = async (options, ui) => {
  const { shell, words } = options;
  ui.event({ shell, script: SCRIPTS[shell](words, await flagValues()) });
  return 0;
};

async function flagValues(): Promise<FlagValues> {
  const robots = await listRobots();
  const tasks = await Promise.all(robots.map((robot) => listTasks(robot)));
  return new Map([
    ['--robot', robots],
    ['--task', [...new Set(tasks.flat())].sort()],
    ['--preset', await listPresets()],
    ['--engine', ['native', 'tensorflow']],
    ['--mode', ['sample', 'zero', 'best']],
  ]);
}
