import type { Command } from 'commander';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';

interface RolloutFlags extends CommonFlags {
  readonly robot: string;
  readonly task: string;
  readonly actions: string;
}

export function addRollout(program: Command, host: CommandRunner): void {
  const command = program
    .command('replay-actions')
    .description('replay given actions open loop from given states; prints one JSON line per step')
    .requiredOption('--robot <name>', 'robot name (a directory in config/robots/) or a path')
    .requiredOption('--task <name>', 'task for observations and rewards')
    .requiredOption(
      '--actions <file>',
      'JSON lines: {"reset":{"qpos":[],"qvel":[]}} and {"action":[]} in the robot\'s units; - = stdin',
    )
    .action(async (flags: RolloutFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        run: async (ui) => {
          const { rolloutCommand } = await import('./replay-actions.ts');
          const common = commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui);
          return rolloutCommand({ ...common, robot: flags.robot, task: flags.task, actionsFile: flags.actions }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd replay-actions --robot pendulum --task Pendulum-v1 --actions actions.jsonl',
    `printf '{"reset":{"qpos":[0.1],"qvel":[0]}}\\n{"action":[0.5]}\\n' | softqd replay-actions --robot pendulum --task Pendulum-v1 --actions -`,
  ]);
}
