import { boolean, choice, integer, integerOrNull, number, numberOrNull } from './ranges.ts';
import type { ConfigKey, KeySpec, Section, ValueOf } from './key-spec.ts';
import { LEARNER_KEYS } from './schema-learner.ts';

export type { ConfigKey, KeySpec } from './key-spec.ts';

type Schema = { readonly [Key in ConfigKey]: KeySpec<ValueOf<Key>> };

const daemon = { requiresRestart: 'daemon', affectsRunHash: false } as const;

const CONTROL_KEYS: Section<'control'> = {
  'control.rateHz': {
    default: null,
    doc: 'Control rate; null uses the control period of the robot file.',
    unit: 'Hz',
    range: numberOrNull(0.1, 5000),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'control.readingMaxAgeMs': {
    default: null,
    doc: 'Maximum age of a reading; older readings are stale and make the guard stop the robot. null uses the value of the robot file.',
    unit: 'ms',
    range: numberOrNull(0.1, 60_000),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'control.rearm': {
    default: 'manual',
    doc: 'What to do after a lost robot has reconnected: manual ends the run, after-reconnect arms the robot again and continues.',
    unit: null,
    range: choice('manual', 'after-reconnect'),
    ...daemon,
  },
  'control.realTimePriority': {
    default: 0,
    doc: 'SCHED_FIFO priority of the control loop; 0 = normal scheduling. A warning is printed if it is not permitted.',
    unit: null,
    range: integer(0, 99),
    ...daemon,
  },
  'control.niceness': {
    default: 0,
    doc: 'Nice value of the daemon; negative values raise its priority where permitted.',
    unit: null,
    range: integer(-20, 19),
    ...daemon,
  },
  'control.cpus': {
    default: [],
    doc: 'CPU affinity of the daemon (numbers from 0); an empty list allows all CPUs. The learner is not restricted.',
    unit: null,
    range: { kind: 'integers', min: 0, max: 1023, minLength: 0, maxLength: 64 },
    ...daemon,
  },
  'control.lockMemory': {
    default: false,
    doc: 'Lock program code in RAM. The JavaScript heap cannot be locked: disable swap.',
    unit: null,
    range: boolean,
    ...daemon,
  },
};

const DRIVER_KEYS: Section<'driver'> = {
  'driver.connectTimeoutMs': {
    default: 5000,
    doc: 'Timeout of the first response when connecting.',
    unit: 'ms',
    range: integer(100, 600_000),
    ...daemon,
  },
  'driver.commandTimeoutMs': {
    default: null,
    doc: 'Command timeout of robots with their own watchdog (microcontroller, Dynamixel): they stop when no newer command arrives in time. null = four control periods, at least 50 ms.',
    unit: 'ms',
    range: integerOrNull(1, 1000),
    ...daemon,
  },
  'driver.receiveTimeoutMs': {
    default: null,
    doc: "Receive timeout: without data for this long the connection counts as lost. null uses the driver's default (bridge 300, rosbridge 1000).",
    unit: 'ms',
    range: integerOrNull(10, 600_000),
    ...daemon,
  },
  'driver.reconnectTimeoutMs': {
    default: 30_000,
    doc: 'How long to try to reconnect before the run ends.',
    unit: 'ms',
    range: integer(0, 86_400_000),
    ...daemon,
  },
};

const SIMULATOR_KEYS: Section<'simulator'> = {
  'simulator.url': {
    default: null,
    doc: 'URL of an external simulator; null starts the embedded one.',
    unit: null,
    range: { kind: 'url', protocols: ['ws:', 'wss:'] },
    ...daemon,
  },
  'simulator.host': {
    default: '127.0.0.1',
    doc: 'Listen address of a simulator; non-loopback addresses require simulator.tokenFile.',
    unit: null,
    range: { kind: 'host' },
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.port': {
    default: 8741,
    doc: 'Listen port of a simulator; 0 selects a free port.',
    unit: null,
    range: integer(0, 65_535),
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.mode': {
    default: 'lock-step',
    doc: 'lock-step: each command advances the simulation by one control period. real-time: the simulation follows the clock.',
    unit: null,
    range: choice('lock-step', 'real-time'),
    requiresRestart: 'simulator',
    affectsRunHash: true,
  },
  'simulator.tokenFile': {
    default: null,
    doc: 'File with the access token, used by the simulator server and by its clients.',
    unit: null,
    range: { kind: 'path', nullable: true },
    sensitive: true,
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.maxFrameBytes': {
    default: 1_048_576,
    doc: 'Maximum size of a WebSocket message.',
    unit: 'bytes',
    range: integer(1024, 67_108_864),
    requiresRestart: 'simulator',
    affectsRunHash: false,
  },
  'simulator.receiveTimeoutMs': {
    default: 10_000,
    doc: 'Receive timeout: a simulator that sends nothing for this long counts as lost.',
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
    doc: 'Listen address of the web page and API.',
    unit: null,
    range: { kind: 'host' },
    ...daemon,
  },
  'api.port': {
    default: 8740,
    doc: 'Port of the web page and API; 0 selects a free port.',
    unit: null,
    range: integer(0, 65_535),
    ...daemon,
  },
  'data.directory': {
    default: '~/.local/state/softqd',
    doc: 'Directory of all runs; the default follows XDG_STATE_HOME.',
    unit: null,
    range: { kind: 'path', nullable: false },
    ...daemon,
  },
  'log.level': {
    default: 'info',
    doc: 'Minimum level of printed messages.',
    unit: null,
    range: choice('debug', 'info', 'warning', 'error'),
    ...daemon,
  },
  'log.maxQueuedMb': {
    default: 64,
    doc: 'Size of the log queue. When full, lock-step waits; real time drops records, counts them and warns.',
    unit: 'MB',
    range: number(1, 4096),
    ...daemon,
  },
  'log.maxSegmentMb': {
    default: 256,
    doc: 'Maximum size of a log file before a new one is started.',
    unit: 'MB',
    range: number(1, 65_536),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'log.jointStates': {
    default: true,
    doc: 'Also log joint states, for plots and 3D views.',
    unit: null,
    range: boolean,
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'log.ticks': {
    default: true,
    doc: 'Log every tick of a real-time run exactly (readings, commands, times), as needed by playback:FILE.',
    unit: null,
    range: boolean,
    ...daemon,
  },
  'evaluation.everySteps': {
    default: 2000,
    doc: 'Environment steps between evaluations during training; 0 = no evaluation.',
    unit: 'steps',
    range: integer(0, 1e9),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'evaluation.episodes': {
    default: 10,
    doc: 'Episodes per evaluation.',
    unit: 'episodes',
    range: integer(1, 10_000),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'evaluation.seed': {
    default: 1000,
    doc: 'Seed of the initial states, the same in every evaluation.',
    unit: null,
    range: integer(0, 2 ** 53 - 1),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'task.discount': {
    default: null,
    doc: 'Discount factor per step; null uses the task file.',
    unit: null,
    range: numberOrNull(1e-6, 1),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'task.horizon': {
    default: null,
    doc: 'Maximum steps of an episode before it is truncated; null uses the task file.',
    unit: 'steps',
    range: integerOrNull(1, 1e9),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  },
  'ui.refreshHz': {
    default: 10,
    doc: 'Maximum refresh rate of the terminal view.',
    unit: 'Hz',
    range: number(0.2, 10),
    requiresRestart: 'command',
    affectsRunHash: false,
  },
  'ui.progressPeriodS': {
    default: 5,
    doc: 'Period of progress lines when the output is not a terminal.',
    unit: 's',
    range: number(0.1, 3600),
    requiresRestart: 'command',
    affectsRunHash: false,
  },
  'ui.glyphs': {
    default: 'auto',
    doc: 'Characters used for drawings; auto depends on the locale.',
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
