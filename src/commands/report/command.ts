import type { Command } from 'commander';
import { addCommonFlags, commonOptions, printable, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import type { ReportResult } from './types.ts';

interface ReportFlags extends CommonFlags {
  readonly out?: string;
}

export function addReport(program: Command, host: CommandRunner): void {
  const command = program
    .command('report')
    .description('write an HTML report of a run: learning curves, guard interventions, settings')
    .argument('[run]', 'run ID or directory (default: newest run in --data)')
    .option('--out <file>', 'output file (default: report.html in the run directory)')
    .action(async (run: string | undefined, flags: ReportFlags) =>
      host.execute<ReportResult>({
        json: flags.json === true,
        display: { kind: 'results', print: ({ file }) => printable(`report: ${file}\n`) },
        run: async (ui) => {
          const { reportCommand } = await import('./report.ts');
          return reportCommand(
            { ...commonOptions({ flags }, host, ui), run: run ?? null, outFile: flags.out ?? null },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, ['softqd report', 'softqd report ~/.local/state/softqd/runs/RUN --out report.html']);
}
