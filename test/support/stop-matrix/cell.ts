import type { StopMode } from '../../../src/robot/robot-spec.ts';
import type { ExitResult } from './softqd-process.ts';

export const DRIVERS = ['simulator', 'feetech', 'dynamixel', 'bridge', 'rosbridge'] as const;
export const STOP_MODES = ['hold', 'damp', 'torque-off'] as const;
export const EVENTS = [
  'ctrl-c',
  'second-ctrl-c',
  'sigterm',
  'sighup',
  'sigkill',
  'sigstop',
  'group-kill',
  'terminal-closed',
  'end-of-duration',
  'servo-fault',
  'unplug',
  'learner-death',
] as const;

export type DriverName = (typeof DRIVERS)[number];
export type EventName = (typeof EVENTS)[number];

/** One cell of the stop matrix. */
export interface Cell {
  readonly driver: DriverName;
  readonly mode: StopMode;
  readonly event: EventName;
}

/** Robot and task of each driver. */
export const ROBOTS: Readonly<Record<DriverName, { readonly robot: string; readonly task: string }>> = {
  simulator: { robot: 'so101', task: 'reach' },
  feetech: { robot: 'so101', task: 'reach' },
  dynamixel: { robot: 'koch', task: 'reach' },
  bridge: { robot: 'pendulum-rig', task: 'swing-up' },
  rosbridge: { robot: 'so101', task: 'reach' },
};

/** What a cell requires. */
export interface Expectation {
  /** In which the joints must end. */
  readonly mode: StopMode;
  /** From the event until every joint is in its stop mode, s. Infinity: the joints keep their last command, see `note`. */
  readonly boundS: number;
  /** Exit codes of the daemon that are right. */
  readonly exits: readonly ExitResult[];
  /** Whether the stop mode can be judged at the device: false where a device has no modes. */
  readonly judgesMode: boolean;
  /** Whether a joint that holds must stay where it is. */
  readonly judgesMotion: boolean;
  /** Whether a joint that holds must get a goal after the event. */
  readonly requiresHoldGoal: boolean;
  /** Why something else than the stop mode is checked here, and what; null where the cell is as in the table's head. */
  readonly note: string | null;
}

/** Host death, freeze and kill of the process group, s. */
const HOST_DEATH_S = 0.1;
/** Deceleration within the limits, then the confirmation of each joint, s. */
const ORDERLY_S = 1.5;
/** Going to the rest pose comes before that, s. */
const PARKING_S = 5;
/** Between the two Ctrl-C, s: an earlier second one would count as the first, which some terminals send twice. */
export const SECOND_CTRL_C_S = 0.12;
/** From the first Ctrl-C; from the second one on there is no deceleration, s. */
const AT_ONCE_S = SECOND_CTRL_C_S + 0.5;

const BOUNDS_S: Readonly<Record<EventName, number>> = {
  'ctrl-c': ORDERLY_S,
  'second-ctrl-c': AT_ONCE_S,
  sigterm: ORDERLY_S + PARKING_S,
  sighup: ORDERLY_S,
  sigkill: HOST_DEATH_S,
  sigstop: HOST_DEATH_S,
  'group-kill': HOST_DEATH_S,
  'terminal-closed': ORDERLY_S,
  'end-of-duration': ORDERLY_S + PARKING_S,
  'servo-fault': ORDERLY_S,
  unplug: HOST_DEATH_S,
  'learner-death': ORDERLY_S,
};

const EXITS: Readonly<Record<EventName, readonly ExitResult[]>> = {
  'ctrl-c': [130],
  'second-ctrl-c': [130],
  sigterm: [130],
  sighup: [130],
  sigkill: ['SIGKILL'],
  sigstop: [1, 3],
  'group-kill': ['SIGKILL'],
  'terminal-closed': [130],
  'end-of-duration': [0],
  'servo-fault': [1],
  unplug: [1],
  'learner-death': [130],
};

const LIFELESS: readonly EventName[] = ['sigkill', 'sigstop', 'group-kill'];

/** What is required of a cell; where a combination does not exist, `note` says why and what is checked instead. */
export function expectationOf({ driver, mode, event }: Cell): Expectation {
  const usual = {
    mode,
    boundS: BOUNDS_S[event],
    exits: EXITS[event],
    judgesMode: true,
    judgesMotion: true,
    requiresHoldGoal: true,
    note: null,
  };
  switch (driver) {
    case 'feetech':
      return event === 'unplug' ? { ...usual, ...FEETECH_UNPLUGGED } : usual;
    case 'dynamixel':
      return event === 'unplug' && mode !== 'hold' ? { ...usual, ...DYNAMIXEL_UNPLUGGED } : usual;
    case 'bridge':
      // The motor of pendulum-rig cannot keep the pendulum still: the drive of the board is judged alone.
      return { ...usual, judgesMotion: false, requiresHoldGoal: false, ...bridgeDifference(mode, event) };
    case 'simulator':
      return { ...usual, requiresHoldGoal: false, ...simulatorDifference(event) };
    case 'rosbridge':
      return { ...usual, judgesMode: false, ...rosbridgeDifference(event) };
  }
}

type Difference = Partial<Expectation> & { readonly note: string };

const FEETECH_UNPLUGGED: Difference = {
  boundS: Infinity,
  judgesMode: false,
  requiresHoldGoal: false,
  note: 'Feetech servos have no timeout of their own: no packet reaches them without the cable. Checked: no motion beyond the last goal, the daemon ends with exit code 1 and names every joint that did not confirm.',
};

const DYNAMIXEL_UNPLUGGED: Difference = {
  judgesMode: false,
  note: 'The bus watchdog of Dynamixel servos can only hold: without the cable damp and torque-off cannot be written. Checked: motion ends within 100 ms, exit code 1.',
};

function bridgeDifference(mode: StopMode, event: EventName): Partial<Expectation> {
  if (event !== 'servo-fault' || mode !== 'hold') return {};
  return { mode: 'damp', note: 'The motor driver trips: a joint that should hold damps (firmware-bridge/README.md).' };
}

/** A simulator's command timeout, and the time until an observer has the next reading, s. */
const SIMULATOR_TIMEOUT_S = 0.1 + 0.05;
const NOTHING_TO_JUDGE = { boundS: Infinity, judgesMode: false, judgesMotion: false } as const;

function simulatorDifference(event: EventName): Partial<Expectation> {
  switch (event) {
    case 'sigkill':
    case 'group-kill':
      return { boundS: SIMULATOR_TIMEOUT_S };
    case 'sigstop':
      return {
        boundS: SIMULATOR_TIMEOUT_S,
        exits: [130, 1, 3],
        note: 'A simulated robot continues with its daemon. Checked: the stop mode while frozen; then Ctrl-C.',
      };
    case 'servo-fault':
      return {
        ...NOTHING_TO_JUDGE,
        note: 'A simulated robot has no servos. Checked: the simulator process freezes; the daemon ends with exit code 1.',
      };
    case 'unplug':
      return {
        ...NOTHING_TO_JUDGE,
        note: 'There is no cable. Checked: the simulator process is killed; the daemon ends with exit code 1.',
      };
    default:
      return {};
  }
}

const HELD_IN_ROS = 'rosbridge has no stop modes: the controller in ROS holds the last guarded target.';

function rosbridgeDifference(event: EventName): Difference {
  if (LIFELESS.includes(event)) {
    return { note: `${HELD_IN_ROS} Checked: no message after the event, and none after SIGCONT.` };
  }
  if (event === 'servo-fault') {
    return {
      boundS: 1.5,
      note: `${HELD_IN_ROS} A servo fault appears as missing joint states. Checked: those stop; exit code 1.`,
    };
  }
  if (event === 'unplug')
    return { note: `${HELD_IN_ROS} Checked: the connection is cut; no message after it; exit code 1.` };
  return { note: `${HELD_IN_ROS} Checked: the targets decelerate and then stay.` };
}
