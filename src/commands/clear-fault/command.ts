import type { Command } from 'commander';
import { parseNumberFlag } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandHost } from '../../cli/host.ts';
import { renderRecovery } from './print-fault-clear.ts';

interface RecoverFlags extends CommonFlags {
  readonly body: string;
  readonly robot?: string;
}

export function addRecover(program: Command, host: CommandHost): void {
  const command = program
    .command('recover')
    .description('a servo that stopped by itself: what it reports, what that means, and clear it')
    .argument('<id>', 'of the servo; softqd scan lists them')
    .requiredOption('--body <url>', 'feetech:PATH or dynamixel:PATH; PATH may be usb:SERIAL')
    .option('--robot <name>', 'whose servo it is: names the joint and the baud rate')
    .action(async (id: string, flags: RecoverFlags) =>
      host.execute({
        json: flags.json === true,
        look: 'results',
        render: (result) => renderRecovery(result, host.io),
        run: async (ui) => {
          const { recoverCommand } = await import('../daemon-index.ts');
          return recoverCommand(
            {
              ...commonOptions({ flags, robot: flags.robot }, host, ui),
              id: parseNumberFlag('id', id, { min: 0, max: 252, integer: true }),
              bodyUrl: flags.body,
              robot: flags.robot ?? null,
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd recover 3 --body feetech:/dev/ttyACM0 --robot so101',
    'softqd recover 2 --body dynamixel:/dev/ttyUSB0?baud=57600 --json',
  ]);
}
