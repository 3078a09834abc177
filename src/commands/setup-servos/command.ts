import { Option, type Command } from 'commander';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { enterPrompt } from '../../cli/enter-prompt.ts';
import { setupPanel } from './print-setup.ts';

interface SetupFlags extends CommonFlags {
  readonly robot: string;
  readonly driver: string;
  readonly joint?: string;
  readonly from?: string;
}

export function addSetup(program: Command, host: CommandRunner): void {
  const command = program
    .command('setup-servos')
    .description('number servos fresh from the box: id and baud rate, one servo connected at a time')
    .requiredOption('--robot <name>', 'the robot, a folder of config/robots/')
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH, ?baud=N to look at one rate only')
    .option('--joint <name>', 'this joint only; its servo is connected already, nothing is asked')
    .addOption(
      new Option(
        '--from <name>',
        'begin with this joint and go on towards the base (default: the last joint)',
      ).conflicts('joint'),
    )
    .action(async (flags: SetupFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'panel',
        panel: setupPanel(host.io),
        run: async (ui) => {
          const { setupCommand } = await import('../daemon-index.ts');
          const input = enterPrompt(host.io.stdin);
          try {
            return await setupCommand(
              {
                ...commonOptions({ flags, robot: flags.robot }, host, ui),
                robot: flags.robot,
                driverUrl: flags.driver,
                joint: flags.joint ?? null,
                from: flags.from ?? null,
                enter: (signal) => input.enter(signal),
              },
              ui,
            );
          } finally {
            input.close();
          }
        },
      }),
    );
  addCommonFlags(command, [
    'softqd setup-servos --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd setup-servos --robot koch --driver dynamixel:usb:FT4TCRXJ --from wrist_flex',
    'softqd setup-servos --robot so101 --driver feetech:/dev/ttyACM0 --joint gripper --json',
  ]);
}
