import { boolean, choice, integer, integerOrNull, number, numberOrNull } from './ranges.ts';
import type { ConfigKey, KeySpec, Section, ValueOf } from './key-spec.ts';
import { LEARNER_KEYS } from './schema-learner.ts';

export type { ConfigKey, KeySpec } from './key-spec.ts';

type Schema = { readonly [Key in ConfigKey]: KeySpec<ValueOf<Key>> };

const daemon = { requiresRestart: 'daemon', affectsRunHash: false } as const;

const CONTROL_KEYS: Section<'control'> = {
  'control.rateHz': {
    default: null,
    doc: 'Control rate; null takes the control period of the robot file.',
    unit: 'Hz',
    range: numberOrNull(0.1, 5000),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'control.readingMaxAgeMs': {
    default: null,
    doc: 'A reading older than this is stale and the guard stops the robot; null takes the age of the robot file.',
    unit: 'ms',
    range: numberOrNull(0.1, 60_000),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'control.rearm': {
    default: 'manual',
    doc: 'After a robot went away (cable, network, no readings) and came back: manual ends the run, after-reconnect arms it again and goes on.',
    unit: null,
    range: choice('manual', 'after-reconnect'),
    ...daemon,
  },
  'control.realTimePriority': {
    default: 0,
    doc: 'Real-time priority (SCHED_FIFO) of the control line; 0 = normal scheduling. Where it is not permitted the line says so and runs on.',
    unit: null,
    range: integer(0, 99),
    ...daemon,
  },
  'control.niceness': {
    default: 0,
    doc: "The daemon's nice value; below 0 the line comes first, where that is permitted.",
    unit: null,
    range: integer(-20, 19),
    ...daemon,
  },
  'control.cpus': {
    default: [],
    doc: 'CPUs of the daemon, beginning with 0; an empty list takes any. The learner keeps all of them.',
    unit: null,
    range: { kind: 'integers', min: 0, max: 1023, minLength: 0, maxLength: 64 },
    ...daemon,
  },
  'control.lockMemory': {
    default: false,
    doc: 'Whether program code is locked in RAM (the JavaScript heap cannot be: switch swap off).',
    unit: null,
    range: boolean,
    ...daemon,
  },
};

const DRIVER_KEYS: Section<'driver'> = {
  'driver.connectTimeoutMs': {
    default: 5000,
    doc: 'How long the first answer of a robot is waited for.',
    unit: 'ms',
    range: integer(100, 600_000),
    ...daemon,
  },
  'driver.commandTimeoutMs': {
    default: null,
    doc: 'A robot with a deadman of its own (microcontroller, Dynamixel) stops without a newer command in this time; null = four control periods, 50 ms at least.',
    unit: 'ms',
    range: integerOrNull(1, 1000),
    ...daemon,
  },
  'driver.receiveTimeoutMs': {
    default: null,
    doc: 'A robot that says nothing for so long counts as gone for now; null takes what suits its kind (a microcontroller 300, ROS 1000).',
    unit: 'ms',
    range: integerOrNull(10, 600_000),
    ...daemon,
  },
  'driver.reconnectTimeoutMs': {
    default: 30_000,
    doc: 'How long a robot that went away is looked for before it is lost for good.',
    unit: 'ms',
    range: integer(0, 86_400_000),
    ...daemon,
  },
};

const SIMULATOR_KEYS: Section<'simulator'> = {
  'simulator.url': {
    default: null,
    doc: 'Simulator to connect to; null starts the embedded one.',
    unit: null,
    range: { kind: 'url', protocols: ['ws:', 'wss:'] },
    ...daemon,
  },
  'simulator.host': {
    default: '127.0.0.1',
    doc: 'Address on which a simulator listens; anything but loopback needs simulator.tokenFile.',
    unit: null,
    range: { kind: 'host' },
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.port': {
    default: 8741,
    doc: 'Port on which a simulator listens; 0 takes any free one.',
    unit: null,
    range: integer(0, 65_535),
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.mode': {
    default: 'lock-step',
    doc: 'Each command advances the world (lock-step), or the world runs by the clock (real-time).',
    unit: null,
    range: choice('lock-step', 'real-time'),
    requiresRestart: 'simulator',
    affectsRunHash: true,
  },
  'simulator.tokenFile': {
    default: null,
    doc: 'File with the token that clients of the simulator must show (and that we show to a foreign one).',
    unit: null,
    range: { kind: 'path', nullable: true },
    sensitive: true,
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.maxFrameBytes': {
    default: 1_048_576,
    doc: 'Largest WebSocket message accepted from the other side.',
    unit: 'bytes',
    range: integer(1024, 67_108_864),
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.receiveTimeoutMs': {
    default: 10_000,
    doc: 'A simulator that says nothing for so long counts as lost.',
    unit: 'ms',
    range: integer(100, 600_000),
    ...daemon,
  },
};

const OTHER_KEYS: Section<'api'> &
  Section<'data'> &
  Section<'log'> &
  Section<'evaluation'> &
  Section<'task'> &
  Section<'ui'> = {
  'api.host': {
    default: '127.0.0.1',
    doc: 'Address of the page and the API.',
    unit: null,
    range: { kind: 'host' },
    ...daemon,
  },
  'api.port': {
    default: 8740,
    doc: 'Port of the page and the API; 0 takes any free one.',
    unit: null,
    range: integer(0, 65_535),
    ...daemon,
  },
  'data.directory': {
    default: '~/.local/state/softqd',
    doc: 'Where runs are kept; the default follows XDG_STATE_HOME.',
    unit: null,
    range: { kind: 'path', nullable: false },
    ...daemon,
  },
  'log.level': {
    default: 'info',
    doc: 'The least important lines that are still printed.',
    unit: null,
    range: choice('debug', 'info', 'warning', 'error'),
    ...daemon,
  },
  'log.maxQueuedMb': {
    default: 64,
    doc: 'Transitions waiting for the disk; beyond it lock-step waits and real time counts a loss and alarms.',
    unit: 'MB',
    range: number(1, 4096),
    ...daemon,
  },
  'log.maxSegmentMb': {
    default: 256,
    doc: 'A log file of this size is closed and the next one begun.',
    unit: 'MB',
    range: number(1, 65_536),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'log.jointStates': {
    default: true,
    doc: 'Whether the log also holds joint states for plots and 3D views.',
    unit: null,
    range: boolean,
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'log.ticks': {
    default: true,
    doc: 'Whether the log of a run in real time also holds every tick exactly (readings, commands, times), so that --driver playback:FILE can repeat it.',
    unit: null,
    range: boolean,
    ...daemon,
  },
  'evaluation.everySteps': {
    default: 2000,
    doc: 'Environment steps between two evaluations while training; 0 = none.',
    unit: 'steps',
    range: integer(0, 1e9),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'evaluation.episodes': {
    default: 10,
    doc: 'Episodes of one evaluation.',
    unit: 'episodes',
    range: integer(1, 10_000),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'evaluation.seed': {
    default: 1000,
    doc: 'Seed of the starts of every evaluation, so that they are the same ones.',
    unit: null,
    range: integer(0, 2 ** 53 - 1),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'task.discount': {
    default: null,
    doc: 'Discount per step; null takes the one of the task file.',
    unit: null,
    range: numberOrNull(1e-6, 1),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'task.horizon': {
    default: null,
    doc: 'Steps after which an episode is truncated; null takes the one of the task file.',
    unit: 'steps',
    range: integerOrNull(1, 1e9),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'ui.refreshHz': {
    default: 10,
    doc: 'How often the terminal view is drawn at most.',
    unit: 'Hz',
    range: number(0.2, 10),
    requiresRestart: 'command',
    affectsRunHash: false,
  },
  'ui.progressPeriodS': {
    default: 5,
    doc: 'Time between two progress lines when the output is not a terminal.',
    unit: 's',
    range: number(0.1, 3600),
    requiresRestart: 'command',
    affectsRunHash: false,
  },
  'ui.glyphs': {
    default: 'auto',
    doc: 'What drawings are made of; auto looks at the locale.',
    unit: null,
    range: choice('auto', 'braille', 'ascii'),
    requiresRestart: 'command',
    affectsRunHash: false,
  },
};

/** Every setting of softqd, in the order in which it is documented. */
export const SCHEMA: Schema = { ...CONTROL_KEYS, ...DRIVER_KEYS, ...SIMULATOR_KEYS, ...OTHER_KEYS, ...LEARNER_KEYS };

export const CONFIG_KEYS = Object.keys(SCHEMA) as readonly ConfigKey[];

export function isConfigKey(text: string): text is ConfigKey {
  return Object.hasOwn(SCHEMA, text);
}

/** `learner.batchSize` -> `SOFTQD_LEARNER_BATCH_SIZE`. */
export function environmentName(key: string): string {
  return `SOFTQD_${key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}
