import type { Command } from 'commander';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { daemonSelection } from '../select-daemon.ts';
import { printStatus } from './print-status.ts';
import type { StatusResult } from './types.ts';

interface StatusFlags extends CommonFlags {
  readonly robot?: string;
  readonly id?: string;
}

export function addStatus(program: Command, host: CommandRunner): void {
  const command = program
    .command('status')
    .description('show the state of the robots that run; exit code 1 unless all are healthy')
    .option('--robot <name>', 'robot (default: every one that runs)')
    .action(async (flags: StatusFlags) =>
      host.execute<StatusResult>({
        json: flags.json === true,
        display: { kind: 'results', print: (result) => printStatus(result, host.io) },
        run: async (ui) => {
          const { statusCommand } = await import('./status.ts');
          const selection = daemonSelection(flags);
          return statusCommand({ ...commonOptions({ flags, robot: flags.robot }, host, ui), selection }, ui);
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, ['softqd status', 'softqd status --robot so101 --json']);
}
