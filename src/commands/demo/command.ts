import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseNumberFlag,
  ROBOT_FLAG_HELP,
  SEED_RANGE,
  stopOnKeys,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { demoDisplay } from './print-demo.ts';
import type { DemoEvent } from './types.ts';

interface DemoFlags extends CommonFlags {
  readonly robot: string;
  readonly task: string;
  readonly seed: string;
}

export function addDemo(program: Command, host: CommandRunner): void {
  const command = program
    .command('demo')
    .description('train a pendulum to swing up, then balance it in real time')
    .option('--robot <name>', ROBOT_FLAG_HELP, 'pendulum')
    .option('--task <name>', 'task name', 'Pendulum-v1')
    .option('--seed <n>', 'the same seed gives the same run', '1')
    .action(async (flags: DemoFlags) =>
      host.execute<DemoEvent>({
        json: flags.json === true,
        display: demoDisplay(flags.robot, flags.task),
        run: async (ui) => {
          const { demoCommand } = await import('./demo.ts');
          const seed = parseNumberFlag('--seed', flags.seed, SEED_RANGE);
          const common = commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui);
          const removeKeys = flags.json === true ? null : stopOnKeys(host.io, ui.stops);
          const demo = { ...common, robot: flags.robot, task: flags.task, seed };
          return demoCommand(demo, ui).finally(() => removeKeys?.());
        },
      }),
    );
  addCommonFlags(command, [
    'softqd demo',
    'softqd demo --seed 7 --set learner.engine=tensorflow',
    'softqd demo --json',
  ]);
}
