import type { Command } from 'commander';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { printRobotImport } from './print-robot-import.ts';
import type { RobotImportResult } from './types.ts';

interface ImportFlags extends CommonFlags {
  readonly name: string;
  readonly out: string;
  readonly tip?: string;
}

export function addRobot(program: Command, host: CommandRunner): void {
  const robot = program.command('robot').description('create robot files');
  const command = robot
    .command('import')
    .description('create a robot file from a URDF: joints, limits and kinematic chain')
    .argument('<file>', 'a .urdf file')
    .requiredOption('--name <name>', 'robot name: lowercase letters, digits, hyphens')
    .requiredOption('--out <dir>', 'output directory; pass it to --robot as a path (./NAME)')
    .option('--tip <link>', 'tip link of the kinematic chain (default: the only leaf link)')
    .action(async (file: string, flags: ImportFlags) =>
      host.execute<RobotImportResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printRobotImport },
        run: async (ui) => {
          const { robotImportCommand } = await import('./robot-import.ts');
          const { name, out: outDirectory, tip = null } = flags;
          return robotImportCommand({ ...commonOptions({ flags }, host, ui), file, name, outDirectory, tip }, ui);
        },
      }),
    );
  addCommonFlags(command, [
    'softqd robot import arm.urdf --name my-arm --out robots/my-arm --tip tool0',
    'softqd config check robots/my-arm/robot.json5',
  ]);
}
