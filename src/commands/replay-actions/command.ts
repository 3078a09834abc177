import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  ROBOT_FLAG_HELP,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import type { ReplayedStep } from './types.ts';

interface ReplayActionsFlags extends CommonFlags {
  readonly robot: string;
  readonly task: string;
  readonly actions: string;
}

export function addReplayActions(program: Command, host: CommandRunner): void {
  const command = program
    .command('replay-actions')
    .description('replay given actions open loop from given states; prints one JSON line per step')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--task <name>', 'task for observations and rewards')
    .requiredOption(
      '--actions <file>',
      'JSON lines: {"reset":{"qpos":[],"qvel":[]}} and {"action":[]} in the robot\'s units; - = stdin',
    )
    .action(async (flags: ReplayActionsFlags) =>
      host.execute<ReplayedStep>({
        json: flags.json === true,
        display: { kind: 'results', print: (step) => `${JSON.stringify(step)}\n` },
        run: async (ui) => {
          const { replayActionsCommand } = await import('./replay-actions.ts');
          const common = commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui);
          return replayActionsCommand(
            { ...common, robot: flags.robot, task: flags.task, actionsFile: flags.actions },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd replay-actions --robot pendulum --task Pendulum-v1 --actions actions.jsonl',
    `printf '{"reset":{"qpos":[0.1],"qvel":[0]}}\\n{"action":[0.5]}\\n' | softqd replay-actions --robot pendulum --task Pendulum-v1 --actions -`,
  ]);
}
