import type { Command } from 'commander';
import { addCommonFlags, commonOptions, parseIdList, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { scanPanel } from './print-scan.ts';
import type { ScanEvent } from './types.ts';

interface ScanFlags extends CommonFlags {
  readonly driver?: string;
  readonly ids?: string;
}

export function addScan(program: Command, host: CommandRunner): void {
  const command = program
    .command('scan')
    .description('scan serial ports for servos: ID, model, baud rate')
    .option(
      '--driver <url>',
      'feetech:PATH or dynamixel:PATH, ?baud=N scans one baud rate only (default: every free port)',
    )
    .option('--ids <list>', 'IDs to ping, e.g. 1-6,20 or 0-252 (default: broadcast ping, and 0-20)')
    .action(async (flags: ScanFlags) =>
      host.execute<ScanEvent>({
        json: flags.json === true,
        display: { kind: 'panel', panel: scanPanel() },
        run: async (ui) => {
          const { scanCommand } = await import('./scan.ts');
          const ids = flags.ids === undefined ? null : parseIdList('--ids', flags.ids);
          return scanCommand({ ...commonOptions({ flags }, host, ui), driverUrl: flags.driver ?? null, ids }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd scan',
    'softqd scan --driver feetech:/dev/ttyACM0',
    'softqd scan --driver dynamixel:usb:FT4TCRXJ --ids 0-252 --json',
  ]);
}
