import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import { addCommonFlags, commonOptions, type CommandRunner, type CommonFlags } from '../../cli/index.ts';
import { printRobotImport } from './print-robot-import.ts';
import type { RobotImportResult } from './types.ts';

interface ImportFlags extends CommonFlags {
  readonly name: string;
  readonly out: string;
  readonly tip?: string;
  readonly package?: readonly string[];
}

export function addRobot(program: Command, host: CommandRunner): void {
  const robot = program.command('robot').description('create robot files');
  const command = robot
    .command('import')
    .description('create a robot folder from a URDF or MJCF: joints, limits, kinematic chain, MuJoCo model, task reach')
    .argument('<file>', 'a URDF or MJCF file (.urdf, .xml), with its meshes, includes and packages beside it')
    .requiredOption('--name <name>', 'robot name: lowercase letters, digits, hyphens')
    .requiredOption('--out <dir>', 'output directory; pass it to --robot as a path (./NAME)')
    .option('--tip <link>', 'tip of the kinematic chain: a link, body or site (default: found by structure and name)')
    .option('--package <name=dir...>', 'where files of package://NAME are; may be repeated')
    .action(async (file: string, flags: ImportFlags) =>
      host.execute<RobotImportResult>({
        json: flags.json === true,
        display: { kind: 'results', print: printRobotImport },
        run: async (ui) => {
          const { robotImportCommand } = await import('./robot-import.ts');
          const { name, out: outDirectory, tip = null } = flags;
          const packages = parsePackages(flags.package ?? []);
          return robotImportCommand(
            { ...commonOptions({ flags }, host, ui), file, name, outDirectory, tip, packages },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd robot import arm.urdf --name my-arm --out robots/my-arm --tip tool0',
    'softqd robot import panda.xml --name panda --out robots/panda',
    'softqd robot import arm.urdf --name my-arm --out robots/my-arm --package my_arm_description=../my_arm_description',
    'softqd pretrain --robot ./robots/my-arm --task reach --steps 25000 --seed 1 --out my-arm.safetensors',
    'softqd config check robots/my-arm/robot.json5',
  ]);
}

function parsePackages(stated: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    stated.map((text) => {
      const [, name, directory] = /^([^=/]+)=(.+)$/.exec(text) ?? [];
      if (name !== undefined && directory !== undefined) return [name, directory];
      throw new SoftqdError('E_USAGE', `--package ${text}: must be NAME=DIR`, { values: { package: text } });
    }),
  );
}
