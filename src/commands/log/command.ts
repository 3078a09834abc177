import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseChoiceFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { renderLogInfo, renderWritten } from './print-log.ts';

interface ExportFlags extends CommonFlags {
  readonly format: string;
  readonly out: string;
  readonly allowDamaged?: boolean;
}

interface RecoverFlags extends CommonFlags {
  readonly out?: string;
}

export function addLog(program: Command, host: CommandRunner): void {
  const log = program.command('log').description('inspect, export and repair transition logs');
  addInfo(log, host);
  addExport(log, host);
  addRecover(log, host);
}

function addInfo(log: Command, host: CommandRunner): void {
  const command = log
    .command('info')
    .description('show the contents of a log')
    .argument('<files...>', 'MCAP files, in order')
    .action(async (files: readonly string[], flags: CommonFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderLogInfo,
        run: async (ui) => {
          const { logInfoCommand } = await import('./log.ts');
          return logInfoCommand({ ...commonOptions({ flags }, host, ui), files }, ui);
        },
      }),
    );
  addCommonFlags(command, ['softqd log info run/log/*.mcap', 'softqd log info run/log/000000.mcap --json']);
}

function addExport(log: Command, host: CommandRunner): void {
  const command = log
    .command('export')
    .description('export transitions as CSV, JSON Lines or a LeRobot dataset')
    .argument('<files...>', 'MCAP files, in order')
    .requiredOption('--format <format>', 'csv, jsonl or lerobot')
    .requiredOption('--out <path>', 'file (csv, jsonl) or folder (lerobot) to write')
    .option('--allow-damaged', 'exit 0 although damaged records were skipped')
    .action(async (files: readonly string[], flags: ExportFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderWritten,
        run: async (ui) => {
          const { logExportCommand } = await import('./log.ts');
          const format = parseChoiceFlag('--format', flags.format, ['csv', 'jsonl', 'lerobot']);
          const allowDamaged = flags.allowDamaged === true;
          const common = commonOptions({ flags }, host, ui);
          return logExportCommand({ ...common, files, format, out: flags.out, allowDamaged }, ui);
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
    .command('recover')
    .description('write all complete records of a truncated or damaged log to a new file')
    .argument('<files...>', 'MCAP files')
    .option('--out <file>', 'output file (default: NAME.recovered.mcap next to the log)')
    .action(async (files: readonly string[], flags: RecoverFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderWritten,
        run: async (ui) => {
          const { logRecoverCommand } = await import('./log.ts');
          return logRecoverCommand({ ...commonOptions({ flags }, host, ui), files, out: flags.out ?? null }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd log recover run/log/000003.mcap',
    'softqd log recover damaged.mcap --out complete.mcap',
  ]);
}
