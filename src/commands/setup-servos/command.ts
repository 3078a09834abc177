import { Option, type Command } from 'commander';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  ROBOT_FLAG_HELP,
  withEnterPrompt,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import { setupServosPanel } from './print-setup-servos.ts';
import type { SetupServosEvent } from './types.ts';

interface SetupServosFlags extends CommonFlags {
  readonly robot: string;
  readonly driver: string;
  readonly id?: string;
  readonly joint?: string;
  readonly startAt?: string;
}

export function addSetupServos(program: Command, host: CommandRunner): void {
  const command = program
    .command('setup-servos')
    .description('assign IDs and baud rate to new servos, one connected at a time')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH; ?baud=N scans this rate only')
    .option('--joint <joint>', 'configure this joint only, without prompting; its servo must be connected')
    .addOption(
      new Option(
        '--start-at <joint>',
        'start at this joint and continue toward the base (default: last joint)',
      ).conflicts('joint'),
    )
    .action(async (flags: SetupServosFlags) =>
      host.execute<SetupServosEvent>({
        json: flags.json === true,
        display: { kind: 'panel', panel: setupServosPanel(host.io) },
        run: async (ui) => {
          const { setupServosCommand } = await import('./setup-servos.ts');
          const common = commonOptions({ flags, robot: flags.robot }, host, ui);
          return withEnterPrompt(host.io.stdin, (waitForEnter) =>
            setupServosCommand(
              {
                ...common,
                robot: flags.robot,
                robotId: parseRobotId(flags.id),
                driverUrl: flags.driver,
                joint: flags.joint ?? null,
                startAt: flags.startAt ?? null,
                waitForEnter,
              },
              ui,
            ),
          );
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd setup-servos --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd setup-servos --robot so101 --id left --driver feetech:/dev/ttyACM1',
    'softqd setup-servos --robot koch --driver dynamixel:usb:FT4TCRXJ --start-at wrist_flex',
    'softqd setup-servos --robot so101 --driver feetech:/dev/ttyACM0 --joint gripper --json',
  ]);
}
