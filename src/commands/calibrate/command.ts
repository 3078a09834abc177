import type { Command } from 'commander';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { enterPrompt } from '../../cli/enter-prompt.ts';
import { calibratePanel } from './print-calibration.ts';

interface CalibrateFlags extends CommonFlags {
  readonly robot: string;
  readonly driver: string;
  readonly from?: string;
  readonly measureDirections?: true;
  readonly restart?: true;
  readonly yes?: true;
}

export function addCalibrate(program: Command, host: CommandRunner): void {
  const command = program
    .command('calibrate')
    .description('measure a robot by hand and write servos and file; goes on where it was interrupted')
    .requiredOption('--robot <name>', 'the robot, a folder of config/robots/')
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH; PATH may be usb:SERIAL')
    .option('--from <file>', "write this calibration (ours or LeRobot's) instead of measuring")
    .option('--measure-directions', "ask which way each joint grows instead of taking the robot file's")
    .option('--restart', 'begin from the start instead of going on where it was interrupted')
    .option('--yes', 'write what --from says without asking')
    .action(async (flags: CalibrateFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'panel',
        panel: calibratePanel(host.io),
        run: async (ui) => {
          const { calibrateCommand } = await import('../daemon-index.ts');
          const input = enterPrompt(host.io.stdin);
          try {
            return await calibrateCommand(
              {
                ...commonOptions({ flags, robot: flags.robot }, host, ui),
                robot: flags.robot,
                driverUrl: flags.driver,
                fromFile: flags.from ?? null,
                measureDirections: flags.measureDirections === true,
                restart: flags.restart === true,
                yes: flags.yes === true,
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
    'softqd calibrate --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd calibrate --robot so101 --driver feetech:/dev/ttyACM0 --from ~/.cache/huggingface/lerobot/calibration/robots/so101_follower/arm.json',
    'softqd calibrate --robot koch --driver dynamixel:usb:FT4TCRXJ --json',
  ]);
}
