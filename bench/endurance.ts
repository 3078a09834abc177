import { fork } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireCurrentBuild } from '../test/support/stop-matrix/current-build.ts';
import { Daemon } from '../test/support/stop-matrix/daemon.ts';
import { monotonicNs } from '../test/support/stop-matrix/device.ts';
import { copyRobot } from '../test/support/stop-matrix/robot-folder.ts';
import { startVirtualDevice } from '../test/support/stop-matrix/virtual-device.ts';
import { flag, machine, option } from './support/machine.ts';
import { buildStallRecorder, type MachineStall, StallRecorder } from '../test/support/stall-recorder.ts';

// Runs of so101 with default settings beside a learner at full load: how many end unexpectedly, and what was counted. A C process at the
// same real-time priority records the stalls of the machine in the same runs. --runs 100 --seconds 10 --out FILE (resumes it) --json.
const runs = Number(option('runs', '100'));
const seconds = Number(option('seconds', '10'));
const file = option('out', 'build/endurance.jsonl');
/** What `control.realTimePriority: auto` takes on hardware. */
const PRIORITY = 49;
/** Real servos do not wait for a processor. */
const DEVICE_PRIORITY = 50;
const MIN_LATE_MS = 5;
/** A stall within this time before the end of a run may be its cause, s. */
const CAUSE_S = 0.5;

interface EnduranceRun {
  readonly seconds: number;
  readonly exit: string;
  /** The last event of the run: counters, or the error that ended it. */
  readonly last: Readonly<Record<string, unknown>>;
  /** What the run printed as text: stops, lost packets, late ticks. */
  readonly messages: readonly string[];
  readonly fifo: boolean;
  readonly stalls: readonly MachineStall[];
  /** Stalls shortly before an unexpected end. */
  readonly stallsAtEnd: readonly MachineStall[];
}

async function endure(stallRecorder: string): Promise<EnduranceRun> {
  const directory = mkdtempSync(join(tmpdir(), 'softqd-endurance-'));
  const recorder = new StallRecorder(stallRecorder, PRIORITY, MIN_LATE_MS);
  try {
    const folder = await copyRobot('feetech', 'hold', directory);
    const device = await startVirtualDevice({ folder, directory, faults: null, realTimePriority: DEVICE_PRIORITY });
    const extra = ['--duration', String(seconds)];
    const daemon = new Daemon({ cell: { event: 'ctrl-c' }, folder, device, directory, extra });
    const startedNs = monotonicNs();
    const exit = await daemon.exit(seconds + 60);
    const endedNs = monotonicNs();
    await device.stop();
    const { stderr, events } = daemon.process;
    const messages = stderr.split('\n').filter((line) => line !== '' && !/: servo \d+ configured$/.test(line));
    const stalls = recorder.between(startedNs, endedNs);
    const stallsAtEnd = exit === 0 ? [] : recorder.between(endedNs - CAUSE_S * 1e9, endedNs);
    return {
      seconds,
      exit: String(exit),
      last: events.at(-1) ?? {},
      messages,
      fifo: recorder.fifo,
      stalls,
      stallsAtEnd,
    };
  } finally {
    await recorder.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function readRuns(): EnduranceRun[] {
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as EnduranceRun);
}

/** The names and sums of the numbers that runs count. */
function sums(results: readonly EnduranceRun[], names: readonly string[]): Record<string, number> {
  const total = (name: string): number => results.reduce((sum, { last }) => sum + Number(last[name] ?? 0), 0);
  return Object.fromEntries(names.map((name) => [name, total(name)]));
}

function reasonOf({ last }: EnduranceRun): string {
  const { error } = last as { error?: { code: string; message: string } };
  return error === undefined ? 'no error' : `${error.code}: ${error.message}`;
}

requireCurrentBuild();
const directory = mkdtempSync(join(tmpdir(), 'softqd-stalls-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const stallRecorder = buildStallRecorder(directory);
const load = fork(fileURLToPath(new URL('./support/load.ts', import.meta.url)), ['2'], {
  execArgv: ['--import', import.meta.resolve('tsx')],
});
process.once('exit', () => load.kill('SIGKILL'));
let updatesPerS = 0;
load.on('message', (message) => (updatesPerS = (message as { updatesPerS: number }).updatesPerS));
const kept = readRuns();
while (kept.length < runs) {
  const result = await endure(stallRecorder);
  kept.push(result);
  appendFileSync(file, `${JSON.stringify(result)}\n`);
  const outcome =
    result.exit === '0' ? 'to its end' : `${reasonOf(result)} (machine stalls before it: ${result.stallsAtEnd.length})`;
  process.stderr.write(`${kept.length}/${runs} ${outcome}; stalls of the machine: ${result.stalls.length}\n`);
}
load.kill('SIGKILL');
const ended = kept.filter(({ exit }) => exit !== '0');
const result = {
  runs: kept.length,
  seconds,
  endedUnexpectedly: ended.length,
  withMachineStall: ended.filter(({ stallsAtEnd }) => stallsAtEnd.length > 0).length,
  reasons: ended.map(reasonOf),
  counted: sums(kept, ['ticks', 'skipped', 'ticksWithoutNewReading']),
  machineStalls: kept.flatMap(({ stalls }) => stalls).length,
  maxMachineStallMs: Math.max(0, ...kept.flatMap(({ stalls }) => stalls.map(({ lateMs }) => lateMs))),
  fifo: kept.every(({ fifo }) => fifo),
  learnerUpdatesPerS: Math.round(updatesPerS),
  machine: machine(),
};
if (flag('json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else for (const [name, value] of Object.entries(result)) process.stdout.write(`${name}: ${JSON.stringify(value)}\n`);
process.exit(0);
