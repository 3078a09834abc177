import { dataFlag, shellWord } from '../../cli/index.ts';
import type { SerialPortInfo } from '../../serial/index.ts';
import type { CalibratedRobot } from '../../servo/index.ts';
import type { MachineOverview, NextCommand } from './types.ts';

/** How commands are written here. */
interface CommandStyle {
  /** How softqd is called. */
  readonly program: string;
  /** The value of --data. */
  readonly data: string | undefined;
}

/** What to type next on this machine, the most useful first. */
export function nextCommands(machine: MachineOverview, { program, data }: CommandStyle): NextCommand[] {
  const commands = [...runningCommands(machine), ...hardwareCommands(machine), ...learningCommands(machine)];
  return commands.map(({ command, what }) => ({ command: `${program} ${command}${dataFlag(data)}`, what }));
}

function runningCommands({ running }: MachineOverview): NextCommand[] {
  if (running.length === 0) return [];
  return [
    { command: 'status', what: `state of ${running.map(({ robot }) => robot).join(', ')}` },
    { command: 'stop', what: 'decelerate, stop, confirm every joint' },
  ];
}

function hardwareCommands({ ports, calibrated, runs, servoProtocols }: MachineOverview): NextCommand[] {
  if (ports.some(({ permitted }) => !permitted))
    return [{ command: 'doctor', what: 'a serial port is not accessible: why, and what to do' }];
  const free = ports.filter(({ openers }) => openers.length === 0);
  if (free.length === 0) return [];
  if (calibrated.length === 0) {
    return [
      { command: 'scan', what: 'which servos are on the serial ports' },
      {
        command: `calibrate --robot so101 --driver feetech:${address(free[0]!)}`,
        what: 'or your robot and its driver',
      },
    ];
  }
  const drive = calibrated.flatMap((robot) => driveCommands(robot, { port: free[0]!, runs, servoProtocols }));
  return drive.length > 0 ? drive : [{ command: 'scan', what: 'which servos are on the serial ports' }];
}

/** The newest policy of a calibrated robot on it, or the training of one. */
function driveCommands(
  { robot, id }: CalibratedRobot,
  { port, runs, servoProtocols }: { readonly port: SerialPortInfo } & Pick<MachineOverview, 'runs' | 'servoProtocols'>,
): NextCommand[] {
  const driver = robot === null ? undefined : servoProtocols[robot];
  if (robot === null || driver === undefined) return [];
  const flags = `--driver ${driver}:${address(port)}${id === null ? '' : ` --id ${id}`}`;
  const run = runs.find(({ file, policy }) => file?.robot === robot && policy !== null);
  if (run === undefined)
    return [{ command: `doctor --robot ${robot} ${flags}`, what: `check ${robot} and its servos` }];
  const task = shellWord(run.file!.task);
  return [
    { command: `run --robot ${robot} --task ${task} ${flags} --policy ${run.id}`, what: 'the newest policy on it' },
  ];
}

function learningCommands({ runs, robots }: MachineOverview): NextCommand[] {
  const run = runs.find(({ file, policy }) => policy !== null && file !== null && robots.includes(file.robot));
  if (run === undefined) {
    return [
      { command: 'demo', what: 'watch a pendulum learn' },
      {
        command: 'pretrain --robot so101 --task reach --steps 25000 --seed 1 --out so101.safetensors',
        what: 'train an arm in simulation',
      },
      { command: 'virtual --robot so101', what: 'an arm without hardware: its servos on a pseudo-terminal' },
    ];
  }
  const { robot, task } = run.file!;
  return [
    { command: `evaluate --policy ${run.id}`, what: 'returns and success rate of the newest policy' },
    {
      command: `run --robot ${shellWord(robot)} --task ${shellWord(task)} --policy ${run.id}`,
      what: 'the newest policy in a simulator, in real time',
    },
    { command: `report ${run.id}`, what: 'its learning curves as a page' },
  ];
}

function address({ stableAddress }: SerialPortInfo): string {
  return shellWord(stableAddress);
}
