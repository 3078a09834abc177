import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A wake-up of the reference process that came too late. */
export interface MachineStall {
  /** CLOCK_MONOTONIC at the wake-up. */
  readonly atNs: number;
  readonly lateMs: number;
}

const SOURCE = fileURLToPath(new URL('./stalls.c', import.meta.url));

/** Builds the reference process in `directory`; returns its path. Needs a C compiler. */
export function buildStallRecorder(directory: string): string {
  const program = join(directory, 'stalls');
  const { status, stderr } = spawnSync('cc', ['-O2', '-o', program, SOURCE], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot build ${SOURCE}: ${stderr}`);
  return program;
}

/** A C process at real-time priority that records the stalls of the machine: no program at this priority ran at that time. */
export class StallRecorder {
  readonly stalls: MachineStall[] = [];
  /** Whether SCHED_FIFO was permitted. */
  fifo = false;
  private readonly child: ChildProcessWithoutNullStreams;

  /** `processor`: the only one that it runs on; absent: any. */
  constructor(program: string, priority: number, minLateMs: number, { processor }: { processor?: number } = {}) {
    const pinned = processor === undefined ? [] : ['taskset', '-c', String(processor)];
    const [file, ...words] = [...pinned, program, String(priority), String(minLateMs)];
    this.child = spawn(file, words);
    createInterface(this.child.stdout).on('line', (line) => {
      const record = JSON.parse(line) as { fifo?: boolean } & MachineStall;
      if (record.fifo === undefined) this.stalls.push(record);
      else this.fifo = record.fifo;
    });
  }

  /** The stalls that overlap this time (CLOCK_MONOTONIC). */
  between(fromNs: number, untilNs: number): readonly MachineStall[] {
    return this.stalls.filter(({ atNs, lateMs }) => atNs >= fromNs && atNs - lateMs * 1e6 <= untilNs);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin.end();
    await ended;
  }
}
