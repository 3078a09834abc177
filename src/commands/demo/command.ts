import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseNumberFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { SEED_RANGE } from '../pretrain/command.ts';

interface StartFlags extends CommonFlags {
  readonly robot: string;
  readonly task: string;
  readonly seed: string;
}

export function addStart(program: Command, host: CommandRunner): void {
  const command = program
    .command('demo')
    .description('demo: train a pendulum swing-up, then balance it in real time')
    .option('--robot <name>', 'the robot', 'pendulum')
    .option('--task <name>', 'task name', 'Pendulum-v1')
    .option('--seed <n>', 'the same seed gives the same run', '1')
    .action(async (flags: StartFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'watch',
        robot: flags.robot,
        task: flags.task,
        run: async (ui) => {
          const { startCommand } = await import('./demo.ts');
          const seed = parseNumberFlag('--seed', flags.seed, SEED_RANGE);
          const common = commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui);
          return startCommand({ ...common, robot: flags.robot, task: flags.task, seed }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd demo',
    'softqd demo --seed 7 --set learner.engine=tensorflow',
    'softqd demo --json',
  ]);
}
