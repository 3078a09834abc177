import { Option, type Command } from 'commander';
import type { JogMove } from '../../commissioning/index.ts';
import {
  addCommonFlags,
  addRobotIdFlag,
  commonOptions,
  listenToKeys,
  parseNumberFlag,
  ROBOT_FLAG_HELP,
  type CommandRunner,
  type CommonFlags,
  type Key,
} from '../../cli/index.ts';
import { parseRobotId } from '../../robot/robot-id.ts';
import { jogPanel } from './print-jog.ts';
import type { JogEvent, JogKey } from './types.ts';

interface JogFlags extends CommonFlags {
  readonly robot: string;
  readonly driver: string;
  readonly id?: string;
  readonly by?: string;
  readonly to?: string;
  readonly effort?: string;
  readonly duration?: string;
  readonly speed?: string;
  readonly torqueOff?: true;
}

const DEFAULT_DURATION_S = '0.5';
const ANY_NUMBER = { min: -1e6, max: 1e6, integer: false };

export function addJog(program: Command, host: CommandRunner): void {
  const command = program
    .command('jog')
    .description('jog one joint within its limits, with the arrow keys or by a given amount')
    .argument('<joint>', 'joint name')
    .requiredOption('--robot <name>', ROBOT_FLAG_HELP)
    .requiredOption('--driver <url>', 'feetech:, dynamixel: or bridge:PATH, rosbridge://HOST:PORT, ws://HOST:PORT')
    .addOption(new Option('--by <n>', 'relative move in rad (m for prismatic joints)').conflicts(['to', 'effort']))
    .addOption(new Option('--to <n>', 'absolute target in rad or m').conflicts(['by', 'effort']))
    .addOption(new Option('--effort <n>', 'effort in N m (N), for effort-controlled joints').conflicts(['by', 'to']))
    .option('--duration <seconds>', 'how long --effort is applied', DEFAULT_DURATION_S)
    .option('--speed <n>', 'maximum speed in rad/s or m/s (default: 0.3)')
    .option('--torque-off', 'turn torque off on all servos at the end. WARNING: an unsupported arm will fall')
    .action(async (joint: string, flags: JogFlags) =>
      host.execute<JogEvent>({
        json: flags.json === true,
        display: { kind: 'panel', panel: jogPanel(host.io) },
        run: async (ui) => {
          const { jogCommand } = await import('./jog.ts');
          const { stdin, stdout } = host.io;
          const hasKeys = stdin?.isTTY === true && stdout.isTerminal && flags.json !== true;
          return jogCommand(
            {
              ...commonOptions({ flags, robot: flags.robot }, host, ui),
              robot: flags.robot,
              robotId: parseRobotId(flags.id),
              driverUrl: flags.driver,
              joint,
              move: parseMove(flags),
              speed:
                flags.speed === undefined
                  ? null
                  : parseNumberFlag('--speed', flags.speed, { min: 0.001, max: 100, integer: false }),
              torqueOff: flags.torqueOff === true,
              keys: hasKeys ? (onKey) => listenToKeys(stdin, (key) => forwardKeys(key, onKey)) : null,
            },
            ui,
          );
        },
      }),
    );
  addRobotIdFlag(command);
  addCommonFlags(command, [
    'softqd jog shoulder_pan --robot so101 --driver feetech:/dev/ttyACM0',
    'softqd jog shoulder_pan --robot so101 --driver feetech:/dev/ttyACM0 --by 0.1',
    'softqd jog gripper --robot koch --driver dynamixel:usb:FT4TCRXJ --to 0.5 --speed 0.2',
    'softqd jog hinge --robot pendulum-rig --driver bridge:/dev/ttyACM0 --effort 0.05 --duration 0.3',
  ]);
}

function parseMove(flags: JogFlags): JogMove | null {
  if (flags.by !== undefined) return { kind: 'by', value: parseNumberFlag('--by', flags.by, ANY_NUMBER) };
  if (flags.to !== undefined) return { kind: 'to', value: parseNumberFlag('--to', flags.to, ANY_NUMBER) };
  if (flags.effort === undefined) return null;
  const seconds = parseNumberFlag('--duration', flags.duration ?? DEFAULT_DURATION_S, {
    min: 0.01,
    max: 60,
    integer: false,
  });
  return { kind: 'effort', value: parseNumberFlag('--effort', flags.effort, ANY_NUMBER), seconds };
}

const KEYS: Readonly<Record<string, JogKey>> = {
  right: 'small-up',
  left: 'small-down',
  up: 'large-up',
  down: 'large-down',
  space: 'stop',
  enter: 'stop',
  escape: 'quit',
  q: 'quit',
};

/** In raw mode Ctrl-C is a key: it is sent to this process as SIGINT. */
function forwardKeys(key: Key, onKey: (key: JogKey) => void): void {
  if (key === 'interrupt') {
    process.kill(process.pid, 'SIGINT');
    return;
  }
  const jogKey = KEYS[typeof key === 'string' ? key : key.text.toLowerCase()];
  if (jogKey !== undefined) onKey(jogKey);
}
