import type { Command } from 'commander';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';
import { renderRobotImport } from './print-robot-import.ts';

interface ImportFlags extends CommonFlags {
  readonly name: string;
  readonly out: string;
  readonly tip?: string;
}

export function addRobot(program: Command, host: CommandRunner): void {
  const robot = program.command('robot').description('robot files');
  const command = robot
    .command('import')
    .description('make a robot file from a URDF: names, kinds and limits of joints, and how they move the tip')
    .argument('<file>', 'a .urdf file')
    .requiredOption('--name <name>', 'what the robot is called: lower-case letters, digits, hyphens')
    .requiredOption('--out <dir>', 'its folder; pass it with a slash to --robot')
    .option('--tip <link>', 'the link that reaches (default: the only one that carries nothing)')
    .action(async (file: string, flags: ImportFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        render: renderRobotImport,
        run: async (ui) => {
          const { robotImportCommand } = await import('../daemon-index.ts');
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
