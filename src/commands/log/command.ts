import type { Command } from 'commander';
import { parseChoiceFlag } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { renderLogInfo, renderWritten } from './print-log.ts';

interface ExportFlags extends CommonFlags {
  readonly format: string;
  readonly out: string;
}

interface RecoverFlags extends CommonFlags {
  readonly out?: string;
}

export function addLog(program: Command, host: CommandRunner): void {
  const log = program.command('log').description('look into transition logs, export them, save what a cut left whole');
  addInfo(log, host);
  addExport(log, host);
  addRecover(log, host);
}

function addInfo(log: Command, host: CommandRunner): void {
  const command = log
    .command('info')
    .description('what is in a log')
    .argument('<files...>', 'MCAP files, in order')
    .action(async (files: readonly string[], flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderLogInfo,
        run: async (ui) => {
          const { logInfoCommand } = await import('../daemon-index.ts');
          return logInfoCommand({ ...commonOptions({ flags }, host, ui), files }, ui);
        },
      }),
    );
  addCommonFlags(command, ['softqd log info run/log/*.mcap', 'softqd log info run/log/000000.mcap --json']);
}

function addExport(log: Command, host: CommandRunner): void {
  const command = log
    .command('export')
    .description('transitions as a table or a data set')
    .argument('<files...>', 'MCAP files, in order')
    .requiredOption('--format <format>', 'csv, jsonl or lerobot')
    .requiredOption('--out <path>', 'file (csv, jsonl) or folder (lerobot) to write')
    .action(async (files: readonly string[], flags: ExportFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderWritten,
        run: async (ui) => {
          const { logExportCommand } = await import('../daemon-index.ts');
          const format = parseChoiceFlag('--format', flags.format, ['csv', 'jsonl', 'lerobot']);
          return logExportCommand({ ...commonOptions({ flags }, host, ui), files, format, out: flags.out }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd log export run/log/*.mcap --format csv --out transitions.csv',
    'softqd log export run/log/000000.mcap --format jsonl --out transitions.jsonl',
  ]);
}

function addRecover(log: Command, host: CommandRunner): void {
  const command = log
    .command('clear-fault')
    .description('write everything that is whole in a cut log to a new file')
    .argument('<files...>', 'MCAP files')
    .option('--out <file>', 'file to write (default: beside the log, NAME.recovered.mcap)')
    .action(async (files: readonly string[], flags: RecoverFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderWritten,
        run: async (ui) => {
          const { logRecoverCommand } = await import('../daemon-index.ts');
          return logRecoverCommand({ ...commonOptions({ flags }, host, ui), files, out: flags.out ?? null }, ui);
        },
      }),
    );
  addCommonFlags(command, ['softqd log recover run/log/000003.mcap', 'softqd log recover cut.mcap --out whole.mcap']);
}
