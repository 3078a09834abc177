import type { Command } from 'commander';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  confirmOn,
  printable,
  ROBOT_FLAG_HELP,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import type { TorqueOffResult } from './types.ts';

interface TorqueOffFlags extends CommonFlags {
  readonly robot: string;
  readonly driver: string;
  readonly id?: string;
  readonly yes?: true;
}

export function addTorqueOff(program: Command, host: CommandRunner): void {
  const command = program
    .command('torque-off')
    .description('turn off the torque of a robot that no daemon controls. WARNING: an unsupported arm will fall')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--driver <url>', 'feetech:PATH, dynamixel:PATH or bridge:PATH')
    .option('--yes', 'do not ask for confirmation')
    .action(async (flags: TorqueOffFlags) =>
      host.execute<TorqueOffResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printTorqueOff },
        run: async (ui) => {
          const { torqueOffCommand } = await import('./torque-off.ts');
          return torqueOffCommand(
            {
              ...commonOptions({ flags, robot: flags.robot }, host, ui),
              robot: flags.robot,
              robotId: parseRobotId(flags.id),
              driverUrl: flags.driver,
              yes: flags.yes === true,
              confirm: flags.json === true ? null : confirmOn(host.io),
            },
            ui,
          );
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd torque-off --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd torque-off --robot koch --driver dynamixel:usb:FT4TCRXJ --yes --json',
  ]);
}

function printTorqueOff({ robot, joints, releasedPid }: TorqueOffResult): string {
  const off = joints.filter(({ confirmed }) => confirmed).map(({ joint }) => joint);
  const released = releasedPid === null ? '' : ` (ended watchdog process ${releasedPid})`;
  return `${printable(`${robot}: torque off: ${off.join(', ') || 'no joint'}${released}`)}\n`;
}
