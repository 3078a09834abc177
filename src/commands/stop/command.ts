import { Option, type Command } from 'commander';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { daemonSelection } from '../select-daemon.ts';
import { printStop } from './print-stop.ts';
import type { StopCommandResult } from './types.ts';

interface StopFlags extends CommonFlags {
  readonly robot?: string;
  readonly id?: string;
  readonly park?: true;
  readonly force?: true;
}

export function addStop(program: Command, host: CommandRunner): void {
  const command = program
    .command('stop')
    .description('stop the robot that a softqd run controls, and wait until every joint has confirmed')
    .option('--robot <name>', 'robot (default: the only one that runs)')
    .option('--park', 'go to the rest pose of the robot file first')
    .addOption(new Option('--force', 'kill a daemon that does not respond').conflicts('park'))
    .action(async (flags: StopFlags) =>
      host.execute<StopCommandResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printStop },
        run: async (ui) => {
          const { stopCommand } = await import('./stop.ts');
          const common = commonOptions({ flags, robot: flags.robot }, host, ui);
          const kind = { park: flags.park === true, force: flags.force === true };
          return stopCommand({ ...common, selection: daemonSelection(flags), ...kind }, ui);
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, ['softqd stop', 'softqd stop --robot so101 --park', 'softqd stop --robot so101 --force']);
}
