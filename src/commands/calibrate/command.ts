import type { Command } from 'commander';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  confirmOn,
  ROBOT_FLAG_HELP,
  withEnterPrompt,
  yesOrNoOn,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import { calibratePanel } from './print-calibration.ts';

interface CalibrateFlags extends CommonFlags {
  readonly robot: string;
  readonly driver: string;
  readonly id?: string;
  readonly import?: string;
  readonly measureDirections?: true;
  readonly restart?: true;
  readonly verifyDirections?: true;
  readonly yes?: true;
}

export function addCalibrate(program: Command, host: CommandRunner): void {
  const command = program
    .command('calibrate')
    .description(
      'calibrate a robot by hand guiding; writes the servos and the calibration file; resumes an interrupted calibration',
    )
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--driver <url>', 'feetech:PATH or dynamixel:PATH; PATH may be usb:SERIAL')
    .option('--import <file>', 'import this calibration file (softqd or LeRobot) instead of measuring')
    .option('--measure-directions', 'measure the direction of each joint instead of using the robot file')
    .option('--verify-directions', 'afterwards move each joint a little, slowly, and compare: asks first')
    .option('--restart', 'discard an interrupted calibration and start over')
    .option('--yes', 'do not ask for confirmation')
    .action(async (flags: CalibrateFlags) =>
      host.execute({
        json: flags.json === true,
        display: { kind: 'panel', panel: calibratePanel(host.io) },
        run: async (ui) => {
          const { calibrateCommand } = await import('./calibrate.ts');
          const common = commonOptions({ flags, robot: flags.robot }, host, ui);
          return calibrateCommand(
            {
              ...common,
              robot: flags.robot,
              robotId: parseRobotId(flags.id),
              driverUrl: flags.driver,
              importFile: flags.import ?? null,
              measureDirections: flags.measureDirections === true,
              verifyDirections: flags.verifyDirections === true,
              restart: flags.restart === true,
              yes: flags.yes === true,
              withEnterPrompt: (use) => withEnterPrompt(host.io.stdin, use),
              confirm: flags.json === true ? null : confirmOn(host.io),
              answer: flags.json === true ? null : yesOrNoOn(host.io),
            },
            ui,
          );
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd calibrate --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd calibrate --robot so101 --driver feetech:/dev/ttyACM0 --import ~/.cache/huggingface/lerobot/calibration/robots/so101_follower/arm.json',
    'softqd calibrate --robot so101 --id left --driver feetech:/dev/ttyACM0 --verify-directions',
    'softqd calibrate --robot koch --driver dynamixel:usb:FT4TCRXJ --json',
  ]);
}
