import type { Command } from 'commander';
import { SoftqdError } from '../../base/errors.ts';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  confirmOn,
  parseNumberFlag,
  ROBOT_FLAG_HELP,
  SIMULATOR_FLAG_HELP,
  simulatorKeyFlags,
  stopOnKeys,
  type CommandRunner,
  type CommonFlags,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import { runDisplay } from './print-run.ts';
import type { RunCommandEvent } from './types.ts';

interface RunFlags extends CommonFlags {
  readonly robot: string;
  readonly task: string;
  readonly policy?: string;
  readonly learn?: true;
  readonly explore?: true;
  readonly driver?: string;
  readonly simulator?: string;
  readonly id?: string;
  readonly duration?: string;
  readonly rate?: string;
}

export function addRun(program: Command, host: CommandRunner): void {
  const command = program
    .command('run')
    .description('run a policy on a robot in real time; with --learn, continue training')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--task <name>', 'task name')
    .option('--policy <file>', 'policy file, or the ID of a run')
    .option('--learn', 'train in a separate process while running')
    .option('--explore', 'on hardware, without --policy: let an UNTRAINED network move the robot at random')
    .option(
      '--driver <url>',
      'ws://HOST:PORT, bridge:PATH, feetech:PATH, dynamixel:PATH, rosbridge://HOST:PORT, playback:FILE|RUN (default: the embedded simulator)',
    )
    .option('--simulator <url|command>', SIMULATOR_FLAG_HELP)
    .option('--duration <seconds>', 'stop after this many seconds (default: until Ctrl-C)')
    .option('--rate <hz>', 'control rate (default: the rate of the robot file)')
    .action(async (flags: RunFlags) =>
      host.execute<RunCommandEvent>({
        json: flags.json === true,
        display: runDisplay,
        run: async (ui) => {
          const { runCommand } = await import('./run.ts');
          const range = { min: 0.001, max: 1e9, integer: false };
          const durationS = flags.duration === undefined ? null : parseNumberFlag('--duration', flags.duration, range);
          rejectTwoRobots(flags);
          const keyFlags = [
            { flag: '--rate', key: 'control.rateHz', value: flags.rate },
            ...simulatorKeyFlags(flags.simulator),
          ];
          return runCommand(
            {
              ...commonOptions({ flags, keyFlags, robot: flags.robot, task: flags.task }, host, ui),
              robot: flags.robot,
              task: flags.task,
              policyFile: flags.policy ?? null,
              learn: flags.learn === true,
              driverUrl: flags.driver ?? null,
              robotId: parseRobotId(flags.id),
              durationS,
              explore: flags.explore === true,
              confirm: flags.json === true ? null : confirmOn(host.io),
              stopKeys: (stops) => (flags.json === true ? null : stopOnKeys(host.io, stops)),
            },
            ui,
          );
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd run --robot pendulum --task Pendulum-v1 --policy pendulum.safetensors',
    'softqd run --robot arm2 --task reach --learn --rate 50 --duration 60 --json',
    'softqd run --robot arm2 --task reach --driver ws://127.0.0.1:8741 --policy reach.safetensors',
    'softqd run --robot so101 --task reach --driver feetech:/dev/ttyACM0 --policy reach.safetensors --learn',
    'softqd run --robot pendulum-rig --task swing-up --driver bridge:usb:0001 --learn --explore',
  ]);
}

function rejectTwoRobots({ driver, simulator }: RunFlags): void {
  if (driver === undefined || simulator === undefined) return;
  throw new SoftqdError('E_USAGE', '--driver and --simulator both name the robot', {
    hint: 'Pass one of them; --driver ws://HOST:PORT is a running simulator.',
  });
}
