import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cell } from './cell.ts';
import type { Device } from './device.ts';
import { monotonicNs } from './device.ts';
import type { RobotFolder } from './robot-folder.ts';
import { type ExitResult, SOFTQD, SoftqdProcess } from './softqd-process.ts';

/** Of a run with `--duration`, s. */
export const DURATION_S = 4;

const TERMINAL_CHILD = fileURLToPath(new URL('./terminal-child.mjs', import.meta.url));

export interface DaemonOptions {
  readonly cell: Pick<Cell, 'event'>;
  readonly folder: RobotFolder;
  readonly device: Device;
  /** Of the cell; everything that softqd keeps is in it. */
  readonly directory: string;
  readonly extra?: readonly string[];
}

/** `softqd run` of one cell. */
export class Daemon {
  readonly process: SoftqdProcess;
  private readonly exitFile: string | null;

  constructor({ cell, folder, device, directory, extra = [] }: DaemonOptions) {
    const words = [
      ...['run', '--robot', folder.path, '--task', folder.task, '--policy', folder.policyFile],
      ...['--driver', device.driverUrl, '--data', join(directory, 'data'), '--json'],
      ...(cell.event === 'end-of-duration' ? ['--duration', String(DURATION_S)] : []),
      ...(cell.event === 'learner-death' ? learnerWords(folder) : []),
      ...extra,
    ];
    const env = {
      HOME: directory,
      XDG_STATE_HOME: directory,
      XDG_RUNTIME_DIR: directory,
      [CELL_VARIABLE]: directory,
    };
    this.exitFile = cell.event === 'terminal-closed' ? join(directory, 'exit-code') : null;
    const command = this.exitFile === null ? {} : { command: terminalCommand(this.exitFile, words) };
    this.process = new SoftqdProcess(words, { env, ownGroup: true, ...command });
  }

  /** Resolves when the robot has been in motion for about a second. */
  async running(): Promise<void> {
    await this.process.event(
      ({ event, state, ticks }) => event === 'status' && state === 'armed' && Number(ticks) > 40,
    );
  }

  /** To the daemon; `group`: to its whole process group. CLOCK_MONOTONIC, ns. */
  signal(name: NodeJS.Signals, { group = false }: { readonly group?: boolean } = {}): number {
    const atNs = monotonicNs();
    process.kill(group ? -this.process.pid : this.process.pid, name);
    return atNs;
  }

  get learnerPid(): number {
    return Number(this.process.events.find(({ event }) => event === 'started')?.['learnerPid']);
  }

  /** Waits for the end; 'timeout' when it does not come. */
  async exit(timeoutS: number): Promise<ExitResult> {
    const { exitFile } = this;
    if (exitFile === null) return this.process.exit(timeoutS);
    const deadlineNs = monotonicNs() + timeoutS * 1e9;
    while (!existsSync(exitFile) && monotonicNs() < deadlineNs) await pause(0.02);
    await pause(0.02);
    if (!existsSync(exitFile)) return 'timeout';
    const text = readFileSync(exitFile, 'utf8');
    return /^\d+$/.test(text) ? Number(text) : (text as NodeJS.Signals);
  }
}

/** A learner of the policy's size that makes no update, so that the motion stays as it is. */
function learnerWords({ samplerLayers, criticLayers }: RobotFolder): readonly string[] {
  const settings = {
    'learner.samplerLayers': JSON.stringify(samplerLayers),
    'learner.criticLayers': JSON.stringify(criticLayers),
    'learner.normalizeObservations': 'false',
    'learner.normalizeRewards': 'false',
    'learner.latentSkip': '0',
    'learner.batchSize': '16',
    'learner.warmupSteps': '0',
    'learner.learningStartsSteps': '100000',
    'learner.replayCapacity': '100000',
  };
  return ['--learn', ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])];
}

/** Marks the processes of a cell in their environment. */
export const CELL_VARIABLE = 'STOP_MATRIX_CELL';

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

function terminalCommand(exitFile: string, words: readonly string[]): [string, ...string[]] {
  const quoted = [process.execPath, TERMINAL_CHILD, exitFile, process.execPath, SOFTQD, ...words]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
  return ['script', '--quiet', '--flush', '--command', `exec ${quoted}`, '/dev/null'];
}
