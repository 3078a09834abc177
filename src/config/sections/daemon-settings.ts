import {
  boolean,
  choice,
  host,
  integer,
  integerOrNull,
  nameOrNull,
  number,
  numberOrNull,
  path,
} from '../../base/ranges.ts';
import { setting } from '../../base/setting.ts';

const daemon = { requiresRestart: 'daemon', affectsRunHash: false } as const;
const run = { requiresRestart: 'daemon', affectsRunHash: true } as const;
const command = { requiresRestart: 'command', affectsRunHash: false } as const;

export const API_SETTINGS = {
  host: setting({
    default: '127.0.0.1',
    doc: 'Listen address of the web page and API.',
    unit: null,
    range: host,
    ...daemon,
  }),
  port: setting({
    default: 8740,
    doc: 'Port of the web page and API; 0 selects a free port.',
    unit: null,
    range: integer(0, 65_535),
    ...daemon,
  }),
  group: setting({
    default: null,
    doc: 'Group whose members may read the state of a daemon and stop it (softqd status, softqd stop), but not clear its faults. null: only the user of the daemon.',
    unit: null,
    range: nameOrNull,
    ...daemon,
  }),
} as const;

export const DATA_SETTINGS = {
  directory: setting({
    default: '~/.local/state/softqd',
    doc: 'Directory of all runs; the default follows XDG_STATE_HOME.',
    unit: null,
    range: path,
    ...daemon,
  }),
} as const;

export const LOG_SETTINGS = {
  level: setting({
    default: 'info',
    doc: 'Minimum level of printed messages.',
    unit: null,
    range: choice('debug', 'info', 'warning', 'error'),
    ...daemon,
  }),
  maxQueuedMb: setting({
    default: 64,
    doc: 'Size of the log queue. When full, lock-step waits; real time drops records, counts them and warns.',
    unit: 'MB',
    range: number(1, 4096),
    ...daemon,
  }),
  maxSegmentMb: setting({
    default: 256,
    doc: 'Maximum size of a log file before a new one is started.',
    unit: 'MB',
    range: number(1, 65_536),
    ...run,
  }),
  jointStates: setting({
    default: true,
    doc: 'Also log joint states, for plots and 3D views.',
    unit: null,
    range: boolean,
    ...run,
  }),
  ticks: setting({
    default: true,
    doc: 'Log every tick of a real-time run exactly (readings, commands, times), as needed by playback:FILE.',
    unit: null,
    range: boolean,
    ...daemon,
  }),
} as const;

export const EVALUATION_SETTINGS = {
  everySteps: setting({
    default: 2000,
    doc: 'Environment steps between evaluations during training; 0 = no evaluation.',
    unit: 'steps',
    range: integer(0, 1e9),
    ...run,
  }),
  episodes: setting({
    default: 10,
    doc: 'Episodes per evaluation.',
    unit: 'episodes',
    range: integer(1, 10_000),
    ...run,
  }),
  seed: setting({
    default: 1000,
    doc: 'Seed of the initial states, the same in every evaluation.',
    unit: null,
    range: integer(0, 2 ** 53 - 1),
    ...run,
  }),
} as const;

export const TASK_SETTINGS = {
  discount: setting({
    default: null,
    doc: 'Discount factor per step; null uses the task file.',
    unit: null,
    range: numberOrNull(1e-6, 1),
    ...run,
  }),
  horizon: setting({
    default: null,
    doc: 'Maximum steps of an episode before it is truncated; null uses the task file.',
    unit: 'steps',
    range: integerOrNull(1, 1e9),
    ...run,
  }),
} as const;

export const UI_SETTINGS = {
  refreshHz: setting({
    default: 10,
    doc: 'Maximum refresh rate of the terminal view.',
    unit: 'Hz',
    range: number(0.2, 10),
    ...command,
  }),
  progressPeriodS: setting({
    default: 5,
    doc: 'Period of progress lines when the output is not a terminal.',
    unit: 's',
    range: number(0.1, 3600),
    ...command,
  }),
  glyphs: setting({
    default: 'auto',
    doc: 'Characters used for drawings; auto depends on the locale.',
    unit: null,
    range: choice('auto', 'braille', 'ascii'),
    ...command,
  }),
} as const;
