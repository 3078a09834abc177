import type { Command } from 'commander';
import { parseNumberFlag } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { renderRecovery } from './print-fault-clear.ts';

interface RecoverFlags extends CommonFlags {
  readonly driver: string;
  readonly robot?: string;
}

export function addRecover(program: Command, host: CommandRunner): void {
  const command = program
    .command('clear-fault')
    .description('a servo that stopped by itself: what it reports, what that means, and clear it')
    .argument('<id>', 'of the servo; softqd scan lists them')
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH; PATH may be usb:SERIAL')
    .option('--robot <name>', 'whose servo it is: names the joint and the baud rate')
    .action(async (id: string, flags: RecoverFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: (result) => renderRecovery(result, host.io),
        run: async (ui) => {
          const { recoverCommand } = await import('../daemon-index.ts');
          return recoverCommand(
            {
              ...commonOptions({ flags, robot: flags.robot }, host, ui),
              id: parseNumberFlag('id', id, { min: 0, max: 252, integer: true }),
              driverUrl: flags.driver,
              robot: flags.robot ?? null,
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd clear-fault 3 --driver feetech:/dev/ttyACM0 --robot so101',
    'softqd clear-fault 2 --driver dynamixel:/dev/ttyUSB0?baud=57600 --json',
  ]);
}
