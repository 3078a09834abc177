import { Option, type Command } from 'commander';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import { printDoctor } from './print-doctor.ts';
import type { DoctorResult } from './types.ts';

interface DoctorFlags extends CommonFlags {
  readonly robot?: string;
  readonly task?: string;
  readonly driver?: string;
  readonly id?: string;
  readonly scan?: true;
}

export function addDoctor(program: Command, host: CommandRunner): void {
  const command = program
    .command('doctor')
    .description('check disk, ports, engines and scheduling; with --driver or --scan also the servos')
    .option('--robot <name>', 'also check this robot')
    .option('--task <name>', 'also check this task')
    .addOption(new Option('--driver <url>', 'check the servos at feetech:PATH or dynamixel:PATH').conflicts('scan'))
    .option('--scan', 'search all free serial ports for servos')
    .action(async (flags: DoctorFlags) =>
      host.execute<DoctorResult>({
        json: flags.json === true,
        display: { kind: 'results', print: (result) => printDoctor(result, host.io) },
        run: async (ui) => {
          const { doctorCommand } = await import('./doctor.ts');
          const common = commonOptions({ flags, robot: flags.robot, task: flags.task }, host, ui);
          return doctorCommand(
            {
              ...common,
              robot: flags.robot ?? null,
              task: flags.task ?? null,
              robotId: parseRobotId(flags.id),
              driverUrl: flags.driver ?? null,
              scan: flags.scan === true,
            },
            ui,
          );
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd doctor',
    'softqd doctor --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd doctor --json --data /mnt/data',
  ]);
}
