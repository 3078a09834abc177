import { Option, type Command } from 'commander';
import { addCommonFlags, commonOptions, enterPrompt, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
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
    .description('assign IDs and baud rate to new servos, one connected at a time')
    .requiredOption('--robot <name>', 'robot name (a directory in config/robots/) or a path')
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH; ?baud=N scans this rate only')
    .option('--joint <name>', 'configure this joint only, without prompting; its servo must be connected')
    .addOption(
      new Option('--from <name>', 'start at this joint and continue toward the base (default: last joint)').conflicts(
        'joint',
      ),
    )
    .action(async (flags: SetupFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'panel',
        panel: setupPanel(host.io),
        run: async (ui) => {
          const { setupCommand } = await import('./setup-servos.ts');
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
