import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  confirmOn,
  parseNumberFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import { daemonSelection } from '../select-daemon.ts';
import { printClearFault, printKeptFault } from './print-clear-fault.ts';
import type { ClearFaultResult, KeptFaultResult } from './types.ts';

interface ClearFaultFlags extends CommonFlags {
  readonly driver?: string;
  readonly robot?: string;
  readonly id?: string;
  readonly yes?: true;
}

export function addClearFault(program: Command, host: CommandRunner): void {
  const command = program
    .command('clear-fault')
    .description('clear the fault that is kept for a robot; with an ID, the latched fault of that servo')
    .argument('[id]', 'servo ID (softqd scan lists them)')
    .option('--driver <url>', 'feetech:PATH or dynamixel:PATH of the servo; without an ID bridge:PATH of the board')
    .option('--robot <name>', 'robot; with a servo ID, to look up joint name and baud rate')
    .option('--yes', 'with an ID: do not ask before the torque of a servo that has it is turned off')
    .action(async (id: string | undefined, flags: ClearFaultFlags) =>
      id === undefined ? clearKept(host, flags) : clearServo(host, flags, id),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd clear-fault --robot so101',
    'softqd clear-fault --robot pendulum-rig --driver bridge:/dev/ttyACM0',
    'softqd clear-fault 3 --driver feetech:/dev/ttyACM0 --robot so101',
    'softqd clear-fault 3 --driver feetech:/dev/ttyACM0 --robot so101 --id left --yes',
    'softqd clear-fault 2 --driver dynamixel:/dev/ttyUSB0?baud=57600 --json',
  ]);
}

function clearKept(host: CommandRunner, flags: ClearFaultFlags): Promise<void> {
  return host.execute<KeptFaultResult>({
    json: flags.json === true,
    display: { kind: 'results', print: printKeptFault },
    run: async (ui) => {
      const { clearKeptFaultCommand } = await import('./clear-kept-fault.ts');
      const common = commonOptions({ flags, robot: flags.robot }, host, ui);
      const selection = daemonSelection(flags);
      return clearKeptFaultCommand({ ...common, selection, driverUrl: flags.driver ?? null }, ui);
    },
  });
}

function clearServo(host: CommandRunner, flags: ClearFaultFlags, id: string): Promise<void> {
  return host.execute<ClearFaultResult>({
    json: flags.json === true,
    display: { kind: 'results', print: (result) => printClearFault(result, host.io) },
    run: async (ui) => {
      const servo = requireServo(id, flags.driver);
      const { clearFaultCommand } = await import('./clear-fault.ts');
      const common = commonOptions({ flags, robot: flags.robot }, host, ui);
      return clearFaultCommand(
        {
          ...common,
          ...servo,
          robot: flags.robot ?? null,
          robotId: parseRobotId(flags.id),
          yes: flags.yes === true,
          confirm: flags.json === true ? null : confirmOn(host.io),
        },
        ui,
      );
    },
  });
}

function requireServo(id: string, driverUrl: string | undefined): { id: number; driverUrl: string } {
  if (driverUrl === undefined) {
    throw new SoftqdError('E_USAGE', '--driver is required to clear the fault of a servo', {
      hint: 'Pass --driver feetech:PATH or --driver dynamixel:PATH.',
    });
  }
  return { id: parseNumberFlag('id', id, { min: 0, max: 252, integer: true }), driverUrl };
}
