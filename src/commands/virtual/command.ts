import { Option, type Command } from 'commander';
import { parseNumberFlag } from '../../cli/arguments.ts';
import { addCommonFlags, commonOptions, type CommonFlags } from '../../cli/common-flags.ts';
import type { CommandRunner } from '../../cli/host.ts';

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
    .description('pretend to be the motors of a robot on a serial port')
    .requiredOption('--robot <name>', 'the robot, a folder of config/robots/')
    .addOption(
      new Option('--protocol <name>', "what the motors speak (default: the robot file's servos, else bridge)").choices([
        'feetech',
        'dynamixel',
        'bridge',
      ]),
    )
    .option('--fault <spec>', 'what goes wrong and when, e.g. drop=1%,reboot=3@12s; may be repeated', collect)
    .option('--seed <n>', 'of the faults that happen by chance', '1')
    .option('--uncalibrated', 'servos with factory values, horns mounted by chance')
    .option('--hand-guiding', 'a hand that moves every joint without torque from end to end, to try calibrate')
    .addOption(
      new Option('--factory-servo <joint>', "one servo alone, this joint's, as it comes from its box: id 1").conflicts(
        'uncalibrated',
      ),
    )
    .option('--ground-truth <file>', 'write down where the joints really are and what was really said')
    .option('--symlink <path>', 'a symbolic link that always leads to the port')
    .action(async (flags: VirtualFlags) =>
      host.execute({
        json: flags.json === true,
        display: 'results',
        run: async (ui) => {
          const { virtualCommand } = await import('../daemon-index.ts');
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
