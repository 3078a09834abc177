import type { Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseNumberFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { renderRecovery } from './print-fault-clear.ts';

interface RecoverFlags extends CommonFlags {
  readonly driver: string;
  readonly robot?: string;
}

export function addRecover(program: Command, host: CommandRunner): void {
  const command = program
    .command('clear-fault')
    .description('show, explain and clear the latched fault of a servo')
    .argument('<id>', 'servo ID (softqd scan lists them)')
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH; PATH may be usb:SERIAL')
    .option('--robot <name>', 'robot, to look up joint name and baud rate')
    .action(async (id: string, flags: RecoverFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: (result) => renderRecovery(result, host.io),
        run: async (ui) => {
          const { recoverCommand } = await import('./clear-fault.ts');
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
