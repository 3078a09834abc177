import { Option, type Command } from 'commander';
import {
  addCommonFlags,
  commonOptions,
  parseNumberFlag,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';

interface VirtualFlags extends CommonFlags {
  readonly robot: string;
  readonly protocol?: 'feetech' | 'dynamixel' | 'bridge';
  readonly fault?: readonly string[];
  readonly seed: string;
  readonly uncalibrated?: true;
  readonly fresh?: string;
  readonly hand?: true;
  readonly groundTruth?: string;
  readonly link?: string;
}

export function addVirtual(program: Command, host: CommandRunner): void {
  const command = program
    .command('virtual')
    .description("emulate a robot's servos or board on a pseudo-terminal")
    .requiredOption('--robot <name>', 'robot name (a directory in config/robots/) or a path')
    .addOption(
      new Option('--protocol <name>', 'protocol to emulate (default: from the robot file, otherwise bridge)').choices([
        'feetech',
        'dynamixel',
        'bridge',
      ]),
    )
    .option('--fault <spec>', 'faults to inject, e.g. drop=1%,reboot=3@12s; may be repeated', collect)
    .option('--seed <n>', 'seed of random faults', '1')
    .option('--uncalibrated', 'servos with factory settings and random horn offsets')
    .option(
      '--hand-guiding',
      'simulate hand guiding: move every torque-free joint through its range (for testing calibrate)',
    )
    .addOption(
      new Option(
        '--factory-servo <joint>',
        'emulate a single new servo for this joint: factory settings, ID 1',
      ).conflicts('uncalibrated'),
    )
    .option('--ground-truth <file>', 'write ground truth (true joint states, bus traffic) to this file')
    .option('--symlink <path>', 'create a symbolic link to the port')
    .action(async (flags: VirtualFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        run: async (ui) => {
          const { virtualCommand } = await import('./virtual.ts');
          return virtualCommand(
            {
              ...commonOptions({ flags, robot: flags.robot }, host, ui),
              robot: flags.robot,
              protocol: flags.protocol ?? null,
              faults: flags.fault?.join(',') ?? null,
              seed: parseNumberFlag('--seed', flags.seed, { min: 0, max: 2 ** 53 - 1, integer: true }),
              calibrated: flags.uncalibrated !== true,
              fresh: flags.fresh ?? null,
              hand: flags.hand === true,
              truthFile: flags.groundTruth ?? null,
              linkPath: flags.link ?? null,
            },
            ui,
          );
        },
      }),
    );
  addCommonFlags(command, [
    'softqd virtual --robot so101',
    'softqd virtual --robot so101 --symlink /tmp/so101 --fault drop=1%,reboot=3@12s',
    'softqd virtual --robot koch --uncalibrated --hand-guiding --symlink /tmp/koch',
    'softqd virtual --robot so101 --factory-servo gripper --symlink /tmp/adapter',
  ]);
}

function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}
