import { Option, type Command } from 'commander';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandHost } from '../../cli/host.ts';
import { lineInput } from '../../cli/enter-prompt.ts';
import { setupPanel } from './print-setup.ts';

interface SetupFlags extends CommonFlags {
  readonly robot: string;
  readonly body: string;
  readonly joint?: string;
  readonly from?: string;
}

export function addSetup(program: Command, host: CommandHost): void {
  const command = program
    .command('setup')
    .description('number servos fresh from the box: id and baud rate, one servo connected at a time')
    .requiredOption('--robot <name>', 'the robot, a folder of config/robots/')
    .requiredOption('--body <url>', 'feetech:PATH or dynamixel:PATH, ?baud=N to look at one rate only')
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
        look: 'panel',
        panel: setupPanel(host.io),
        run: async (ui) => {
          const { setupCommand } = await import('../daemon-index.ts');
          const input = lineInput(host.io.stdin);
          try {
            return await setupCommand(
              {
                ...commonOptions({ flags, robot: flags.robot }, host, ui),
                robot: flags.robot,
                bodyUrl: flags.body,
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
    'softqd setup --robot so101 --body feetech:/dev/ttyACM0',
    'softqd setup --robot koch --body dynamixel:usb:FT4TCRXJ --from wrist_flex',
    'softqd setup --robot so101 --body feetech:/dev/ttyACM0 --joint gripper --json',
  ]);
}
