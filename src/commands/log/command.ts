import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseChoiceFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import type { LogInfo } from '../../experience/index.ts';
import { addPlannedCommand } from '../planned-commands.ts';
import { printExport, printLogInfo, printRecovered } from './print-log.ts';
import type { LogExportDone, LogRecovered } from './types.ts';

interface ExportFlags extends CommonFlags {
  readonly format: string;
  readonly out: string;
  readonly allowDamaged?: true;
}

interface RecoverFlags extends CommonFlags {
  readonly out?: string;
}

export function addLog(program: Command, host: CommandRunner): void {
  const log = program.command('log').description('inspect, export and recover transition logs');
  addInfo(log, host);
  addExport(log, host);
  addRecover(log, host);
  addPlannedCommand(log, host, {
    name: 'import',
    description: 'import a dataset as a transition log',
    alternative: 'softqd run --learn and softqd pretrain write logs.',
  });
}

function addInfo(log: Command, host: CommandRunner): void {
  const command = log
    .command('info')
    .description('show the contents of a log')
    .argument('<files...>', 'MCAP files in order, or the ID of a run')
    .action(async (files: readonly string[], flags: CommonFlags) =>
      host.execute<LogInfo>({
        json: flags.json === true,
        display: { kind: 'results', print: printLogInfo },
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
    .argument('<files...>', 'MCAP files in order, or the ID of a run')
    .requiredOption('--format <format>', 'csv, jsonl or lerobot')
    .requiredOption('--out <path>', 'file (csv, jsonl) or directory (lerobot) to write')
    .option('--allow-damaged', 'exit 0 although damaged records were skipped')
    .action(async (files: readonly string[], flags: ExportFlags) =>
      host.execute<LogExportDone>({
        json: flags.json === true,
        display: { kind: 'results', print: printExport },
        run: async (ui) => {
          const { logExportCommand } = await import('./log.ts');
          const format = parseChoiceFlag('--format', flags.format, ['csv', 'jsonl', 'lerobot']);
          return logExportCommand(
            {
              ...commonOptions({ flags }, host, ui),
              files,
              format,
              out: flags.out,
              allowDamaged: flags.allowDamaged === true,
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd log export run/log/*.mcap --format csv --out transitions.csv',
    'softqd log export 20261130-103847-pendulum-Pendulum-v1-s1 --format jsonl --out transitions.jsonl',
  ]);
}

function addRecover(log: Command, host: CommandRunner): void {
  const command = log
    .command('recover')
    .description('write all complete records of a truncated or damaged log to a new file')
    .argument('<files...>', 'MCAP files, or the ID of a run')
    .option('--out <file>', 'output file (default: NAME.recovered.mcap next to the log)')
    .action(async (files: readonly string[], flags: RecoverFlags) =>
      host.execute<LogRecovered>({
        json: flags.json === true,
        display: { kind: 'results', print: printRecovered },
        run: async (ui) => {
          const { logRecoverCommand } = await import('./log.ts');
          return logRecoverCommand({ ...commonOptions({ flags }, host, ui), files, out: flags.out ?? null }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd log recover run/log/000003.mcap',
    'softqd log recover truncated.mcap --out recovered.mcap',
  ]);
}
