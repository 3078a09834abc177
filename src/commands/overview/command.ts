import type { Command } from 'commander';
import { addCommonFlags, commonOptions, programName, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { printOverview } from './print-overview.ts';
import type { OverviewResult } from './types.ts';

const NAME = 'overview';
/** Flags that may stand without a command. */
const COMMON_FLAGS: ReadonlySet<string | undefined> = new Set(['--json', '--config', '--set', '--data']);

/** The arguments with the command that is meant where there is none. */
export function withCommand(argv: readonly string[]): readonly string[] {
  return argv.length === 0 || COMMON_FLAGS.has(argv[0]) ? [NAME, ...argv] : argv;
}

export function addOverview(program: Command, host: CommandRunner): void {
  const command = program
    .command(NAME)
    .description('what is plugged in, calibrated and trained here, and what to do next (same as softqd alone)')
    .action(async (flags: CommonFlags) =>
      host.execute<OverviewResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printOverview },
        run: async (ui) => {
          const { overviewCommand } = await import('./overview.ts');
          const style = { program: programName(host.io.env), data: flags.data };
          return overviewCommand({ ...commonOptions({ flags }, host, ui), ...style }, ui);
        },
      }),
    );
  addCommonFlags(command, ['softqd', 'softqd overview --json']);
}
