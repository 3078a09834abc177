import { boolean, choice, integer, integerOr, integers, integerOrNull, numberOrNull } from '../../base/ranges.ts';
import { setting } from '../../base/setting.ts';

const daemon = { requiresRestart: 'daemon', affectsRunHash: false } as const;
const run = { requiresRestart: 'daemon', affectsRunHash: true } as const;

export const CONTROL_SETTINGS = {
  rateHz: setting({
    default: null,
    doc: 'Control rate; null uses the control period of the robot file.',
    unit: 'Hz',
    range: numberOrNull(0.1, 5000),
    ...run,
  }),
  readingMaxAgeMs: setting({
    default: null,
    doc: 'Maximum age of a reading; older readings are stale and make the guard stop the robot. null uses the value of the robot file. Bounded: a robot must not move on readings that are older than a second.',
    unit: 'ms',
    range: numberOrNull(0.1, 1000),
    ...run,
  }),
  rearm: setting({
    default: 'manual',
    doc: 'What to do after a lost robot has reconnected: manual ends the run, after-reconnect arms the robot again and continues.',
    unit: null,
    range: choice('manual', 'after-reconnect'),
    ...daemon,
  }),
  realTimePriority: setting({
    default: 'auto',
    doc: 'SCHED_FIFO priority of the control loop; 0 = normal scheduling; auto = 49 on hardware where it is permitted. One line says what was taken, or why not.',
    unit: null,
    range: integerOr('auto', 0, 99),
    ...daemon,
  }),
  niceness: setting({
    default: 0,
    doc: 'Nice value of the daemon; negative values raise its priority where permitted.',
    unit: null,
    range: integer(-20, 19),
    ...daemon,
  }),
  cpus: setting({
    default: [],
    doc: 'CPU affinity of the daemon (numbers from 0); an empty list allows all CPUs. The learner is not restricted.',
    unit: null,
    range: integers({ min: 0, max: 1023, minLength: 0, maxLength: 64 }),
    ...daemon,
  }),
  lockMemory: setting({
    default: false,
    doc: 'Lock program code in RAM. The JavaScript heap cannot be locked: disable swap.',
    unit: null,
    range: boolean,
    ...daemon,
  }),
} as const;

export const DRIVER_SETTINGS = {
  connectTimeoutMs: setting({
    default: 5000,
    doc: 'Timeout of the first response when connecting.',
    unit: 'ms',
    range: integer(100, 600_000),
    ...daemon,
  }),
  commandTimeoutMs: setting({
    default: null,
    doc: 'Command timeout of robots with their own watchdog (microcontroller, Dynamixel): they stop when no newer command arrives in time. At most 100 ms: joints must be in their stop mode within 100 ms after the daemon froze. null = four control periods, 50 to 100 ms.',
    unit: 'ms',
    range: integerOrNull(1, 100),
    ...daemon,
  }),
  receiveTimeoutMs: setting({
    default: null,
    doc: "Receive timeout: without data for this long the connection counts as lost. null uses the driver's default (bridge 1000, rosbridge 1000).",
    unit: 'ms',
    range: integerOrNull(10, 600_000),
    ...daemon,
  }),
  reconnectTimeoutMs: setting({
    default: 30_000,
    doc: 'How long to try to reconnect before the run ends.',
    unit: 'ms',
    range: integer(0, 86_400_000),
    ...daemon,
  }),
} as const;
