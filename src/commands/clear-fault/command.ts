import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import {
  addCommonFlags,
  commonOptions,
  parseNumberFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { printClearFault } from './print-clear-fault.ts';
import type { ClearFaultResult } from './types.ts';

interface ClearFaultFlags extends CommonFlags {
  readonly driver?: string;
  readonly robot?: string;
}

export function addClearFault(program: Command, host: CommandRunner): void {
  const command = program
    .command('clear-fault')
    .description('show, explain and clear the latched fault of a servo')
    .argument('[id]', 'servo ID (softqd scan lists them)')
    .option('--driver <url>', 'feetech:PATH or dynamixel:PATH; PATH may be usb:SERIAL')
    .option('--robot <name>', 'robot, to look up joint name and baud rate')
    .action(async (id: string | undefined, flags: ClearFaultFlags) =>
      host.execute<ClearFaultResult>({
        json: flags.json === true,
        display: { kind: 'results', print: (result) => printClearFault(result, host.io) },
        run: async (ui) => {
          const servo = requireServo(id, flags.driver);
          const { clearFaultCommand } = await import('./clear-fault.ts');
          const common = commonOptions({ flags, robot: flags.robot }, host, ui);
          return clearFaultCommand({ ...common, ...servo, robot: flags.robot ?? null }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd clear-fault 3 --driver feetech:/dev/ttyACM0 --robot so101',
    'softqd clear-fault 2 --driver dynamixel:/dev/ttyUSB0?baud=57600 --json',
  ]);
}

function requireServo(id: string | undefined, driverUrl: string | undefined): { id: number; driverUrl: string } {
  if (id === undefined) {
    throw new SoftqdError('E_NOT_IMPLEMENTED', 'softqd clear-fault without a servo ID is not implemented', {
      hint: 'Alternative: softqd clear-fault ID --driver URL clears the fault of one servo.',
      values: { command: 'clear-fault' },
    });
  }
  if (driverUrl === undefined) {
    throw new SoftqdError('E_USAGE', '--driver is required to clear the fault of a servo', {
      hint: 'Pass --driver feetech:PATH or --driver dynamixel:PATH.',
    });
  }
  return { id: parseNumberFlag('id', id, { min: 0, max: 252, integer: true }), driverUrl };
}
