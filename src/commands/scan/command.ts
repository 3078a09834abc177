import type { Command } from 'commander';
import { parseIdList } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { renderScan, scanPanel } from './print-scan.ts';

interface ScanFlags extends CommonFlags {
  readonly driver?: string;
  readonly ids?: string;
}

export function addScan(program: Command, host: CommandRunner): void {
  const command = program
    .command('scan')
    .description('find servos: which ids answer, at which baud rate, on which port')
    .option('--driver <url>', 'feetech:PATH or dynamixel:PATH, ?baud=N for one rate only (default: every free port)')
    .option(
      '--ids <list>',
      'ids to ask one by one, e.g. 1-6,20 or 0-252 (default: whoever answers a call to all, and 0-20)',
    )
    .action(async (flags: ScanFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'panel',
        render: renderScan,
        panel: scanPanel(),
        run: async (ui) => {
          const { scanCommand } = await import('../daemon-index.ts');
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
