import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStallRecorder, StallRecorder } from './stall-recorder.ts';
import { monotonicNs } from './stop-matrix/device.ts';

const PERIOD_MS = 2;
/** Shorter ones disturb no stop, s. */
const STALL_S = 0.02;
/** Above the daemon's. */
const RECORDER_PRIORITY = 90;

/**
 * Records when this process, or a process of high real-time priority on one of the processors, did not run in time: what a stop's time cannot
 * be blamed for. One for all tests of a process.
 */
export class MachineStalls {
  private static instance: MachineStalls | null = null;
  private readonly late: { readonly atNs: number; readonly lateS: number }[] = [];
  private readonly recorders: readonly StallRecorder[];
  private lastNs = monotonicNs();

  private constructor() {
    this.recorders = recordersOfProcessors();
    setInterval(() => {
      const atNs = monotonicNs();
      const lateS = (atNs - this.lastNs) / 1e9 - PERIOD_MS / 1e3;
      if (lateS > STALL_S) this.late.push({ atNs, lateS });
      this.lastNs = atNs;
    }, PERIOD_MS).unref();
  }

  static get(): MachineStalls {
    return (this.instance ??= new MachineStalls());
  }

  /** The longest stall that overlaps this time (CLOCK_MONOTONIC), s; 0: none. */
  longestS(fromNs: number, untilNs: number): number {
    const overlaps = (atNs: number, lateS: number): boolean => atNs >= fromNs && atNs - lateS * 1e9 <= untilNs;
    const own = this.late.filter(({ atNs, lateS }) => overlaps(atNs, lateS)).map(({ lateS }) => lateS);
    const recorded = this.recorders.flatMap((recorder) => recorder.between(fromNs, untilNs));
    return Math.max(0, ...own, ...recorded.map(({ lateMs }) => lateMs / 1e3));
  }

  /** Resolves when the machine has not stalled for `quietS`, or after `timeoutS`. */
  async quiet(quietS = 3, timeoutS = 60): Promise<void> {
    const startNs = monotonicNs();
    const passedS = (): number => (monotonicNs() - startNs) / 1e9;
    while (passedS() < timeoutS) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const nowNs = monotonicNs();
      if (passedS() >= quietS && this.longestS(nowNs - quietS * 1e9, nowNs) === 0) return;
    }
  }
}

/** A recorder on each processor; none where there is no C compiler or no `taskset`. */
function recordersOfProcessors(): readonly StallRecorder[] {
  if (spawnSync('cc', ['--version']).status !== 0 || spawnSync('taskset', ['--version']).status !== 0) return [];
  const directory = mkdtempSync(join(tmpdir(), 'softqd-stalls-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const program = buildStallRecorder(directory);
  return cpus().map((_, processor) => new StallRecorder(program, RECORDER_PRIORITY, 1000 * STALL_S, { processor }));
}
