import type { Command } from 'commander';
import { addCommonFlags, commonOptions, confirmOn, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { printDeleted, printRuns } from './print-runs.ts';
import type { RunsDeleteResult, RunsListResult } from './types.ts';

interface DeleteFlags extends CommonFlags {
  readonly yes?: true;
}

export function addRuns(program: Command, host: CommandRunner): void {
  const runs = program.command('runs').description('list and delete runs');
  addList(runs, host);
  addDelete(runs, host);
}

function addList(runs: Command, host: CommandRunner): void {
  const command = runs
    .command('list')
    .description('list the runs in --data, newest first: state, policy, latest evaluation, size')
    .action(async (flags: CommonFlags) =>
      host.execute<RunsListResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printRuns },
        run: async (ui) => {
          const { runsListCommand } = await import('./runs-list.ts');
          return runsListCommand(commonOptions({ flags }, host, ui), ui);
        },
      }),
    );
  addCommonFlags(command, ['softqd runs list', 'softqd runs list --data ./experiments --json']);
}

function addDelete(runs: Command, host: CommandRunner): void {
  const command = runs
    .command('delete')
    .description('delete runs with their logs, checkpoints and policies; asks first, and refuses one that is running')
    .argument('<runs...>', 'run IDs, as runs list prints them')
    .option('--yes', 'do not ask for confirmation')
    .action(async (ids: readonly string[], flags: DeleteFlags) =>
      host.execute<RunsDeleteResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printDeleted },
        run: async (ui) => {
          const { runsDeleteCommand } = await import('./runs-delete.ts');
          const confirm = flags.json === true ? null : confirmOn(host.io);
          return runsDeleteCommand(
            { ...commonOptions({ flags }, host, ui), runs: ids, yes: flags.yes === true, confirm },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd runs delete 20261130-103847-pendulum-Pendulum-v1-s1',
    'softqd runs delete 20261130-103847-pendulum-Pendulum-v1-s1 --yes --json',
  ]);
}
