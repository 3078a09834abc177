import { choice, host, integer, pathOrNull, textOrNull, urlOrNull } from '../../base/ranges.ts';
import { setting } from '../../base/setting.ts';

const daemon = { requiresRestart: 'daemon', affectsRunHash: false } as const;
const simulator = { requiresRestart: 'simulator', affectsRunHash: false } as const;

export const SIMULATOR_SETTINGS = {
  url: setting({
    default: null,
    doc: 'URL of an external simulator; null starts the embedded one.',
    unit: null,
    range: urlOrNull('ws:', 'wss:'),
    ...daemon,
  }),
  command: setting({
    default: null,
    doc: 'Command that softqd starts as the simulator, without a shell, with the SOFTQD_SIMULATOR_ variables of docs/simulator-protocol.md; excludes simulator.url.',
    unit: null,
    range: textOrNull('a command with its arguments'),
    requiresRestart: 'daemon',
    affectsRunHash: true,
  }),
  startTimeoutMs: setting({
    default: 30_000,
    doc: 'Maximum time from starting simulator.command until it accepts a connection.',
    unit: 'ms',
    range: integer(100, 600_000),
    ...daemon,
  }),
  host: setting({
    default: '127.0.0.1',
    doc: 'Listen address of a simulator; non-loopback addresses require simulator.tokenFile.',
    unit: null,
    range: host,
    ...simulator,
  }),
  port: setting({
    default: 8741,
    doc: 'Listen port of a simulator; 0 selects a free port.',
    unit: null,
    range: integer(0, 65_535),
    ...simulator,
  }),
  mode: setting({
    default: 'lock-step',
    doc: 'lock-step: each command advances the simulation by one control period. real-time: the simulation follows the clock.',
    unit: null,
    range: choice('lock-step', 'real-time'),
    requiresRestart: 'simulator',
    affectsRunHash: true,
  }),
  tokenFile: setting({
    default: null,
    doc: 'File with the access token, used by the simulator server and by its clients.',
    unit: null,
    range: pathOrNull,
    sensitive: true,
    ...simulator,
  }),
  maxFrameBytes: setting({
    default: 1_048_576,
    doc: 'Maximum size of a WebSocket message.',
    unit: 'bytes',
    range: integer(1024, 67_108_864),
    ...simulator,
  }),
  receiveTimeoutMs: setting({
    default: 10_000,
    doc: 'Receive timeout: a simulator that sends nothing for this long counts as lost.',
    unit: 'ms',
    range: integer(100, 600_000),
    ...daemon,
  }),
} as const;
