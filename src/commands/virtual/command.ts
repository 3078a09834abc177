import { Option, type Command } from 'commander';
import {
  addCommonFlags,
  collectValues,
  commonOptions,
  parseNumberFlag,
  ROBOT_FLAG_HELP,
  SEED_RANGE,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { printVirtual } from './print-virtual.ts';
import type { VirtualEvent, VirtualOptions } from './types.ts';

interface VirtualFlags extends CommonFlags {
  readonly robot: string;
  readonly protocol?: 'feetech' | 'dynamixel' | 'bridge';
  readonly fault?: readonly string[];
  readonly seed: string;
  readonly uncalibrated?: true;
  readonly factoryServo?: string;
  readonly handGuiding?: true;
  readonly groundTruth?: string;
  readonly symlink?: string;
}

export function addVirtual(program: Command, host: CommandRunner): void {
  const command = program
    .command('virtual')
    .description("emulate a robot's servos or board on a pseudo-terminal")
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .addOption(
      new Option('--protocol <name>', 'protocol to emulate (default: from the robot file, otherwise bridge)').choices([
        'feetech',
        'dynamixel',
        'bridge',
      ]),
    )
    .option('--fault <spec>', 'faults to inject, e.g. drop=1%,reboot=3@12s; may be repeated', collectValues)
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
      host.execute<VirtualEvent>({
        json: flags.json === true,
        display: { kind: 'results', print: (event) => printVirtual(event, deviceOptions(flags)) },
        run: async (ui) => {
          const { virtualCommand } = await import('./virtual.ts');
          const seed = parseNumberFlag('--seed', flags.seed, SEED_RANGE);
          const common = commonOptions({ flags, robot: flags.robot }, host, ui);
          return virtualCommand({ ...common, ...deviceOptions(flags), seed }, ui);
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

function deviceOptions(flags: VirtualFlags): Omit<VirtualOptions, 'configure' | 'json' | 'seed'> {
  return {
    robot: flags.robot,
    protocol: flags.protocol ?? null,
    faults: flags.fault?.join(',') ?? null,
    calibrated: flags.uncalibrated !== true,
    factoryServo: flags.factoryServo ?? null,
    handGuiding: flags.handGuiding === true,
    groundTruthFile: flags.groundTruth ?? null,
    symlinkPath: flags.symlink ?? null,
  };
}
