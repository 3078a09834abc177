import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { monotonicNs } from './device.ts';

/** The built program: the times of a stop are those of what is installed. */
export const SOFTQD = fileURLToPath(new URL('../../../bin/softqd.js', import.meta.url));

/** The exit code or the signal that ended it; 'timeout': it did not exit in time. */
export type ExitResult = number | NodeJS.Signals | 'timeout';

export type SoftqdEvent = Readonly<Record<string, unknown>>;

export interface SoftqdProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A process group of its own, to which a signal can be sent as a whole. */
  readonly ownGroup?: boolean;
  /** A program that starts softqd, with the command as its last argument: `script` for a terminal. */
  readonly command?: readonly [program: string, ...parameters: string[]];
}

/** Begins the message of a process that ended before an awaited event. */
export const EARLY_END = 'ended before the event';

/** Running processes: they have groups of their own and would survive this one. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(143));

/** A process of softqd that prints JSON lines. */
export class SoftqdProcess {
  readonly child: ChildProcess;
  readonly events: SoftqdEvent[] = [];
  readonly done: Promise<number | NodeJS.Signals>;
  stderr = '';
  /** When the first event of this name came, CLOCK_MONOTONIC, ns. */
  readonly firstNs = new Map<unknown, number>();
  private readonly listeners = new Set<(event: SoftqdEvent) => void>();

  constructor(words: readonly string[], { env = {}, ownGroup = false, command }: SoftqdProcessOptions = {}) {
    const [program, ...parameters] = command ?? [process.execPath, SOFTQD, ...words];
    this.child = spawn(program, parameters, {
      env: { ...process.env, NO_COLOR: '1', ...env },
      detached: ownGroup,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.child.once('close', () => running.delete(this.child));
    createInterface(this.child.stdout!).on('line', (line) => this.receive(line));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.done = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(code ?? signal!)));
  }

  get pid(): number {
    return this.child.pid!;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The next matching event, or a past one. Rejects after `timeoutS` and when the process exits without one. */
  event(matches: (event: SoftqdEvent) => boolean, timeoutS = 60): Promise<SoftqdEvent> {
    const past = this.events.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        this.listeners.delete(listener);
        reject(new Error(`${why}: ${JSON.stringify(this.events.at(-1))} ${this.stderr.slice(-2000)}`));
      };
      const timer = setTimeout(() => fail(`no such event within ${timeoutS} s`), 1000 * timeoutS);
      const listener = (event: SoftqdEvent): void => {
        if (!matches(event)) return;
        clearTimeout(timer);
        this.listeners.delete(listener);
        resolve(event);
      };
      this.listeners.add(listener);
      void this.done.then((code) => fail(`${EARLY_END} (${code})`));
    });
  }

  /** The exit code; kills the process after `timeoutS` and resolves with 'timeout'. */
  async exit(timeoutS: number): Promise<ExitResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'timeout'>((resolve) => (timer = setTimeout(() => resolve('timeout'), 1000 * timeoutS)));
    const result = await Promise.race([this.done, late]);
    clearTimeout(timer);
    if (result === 'timeout') this.child.kill('SIGKILL');
    return result;
  }

  /** Everything that was said to a person or a program. */
  get text(): string {
    return `${this.stderr}\n${this.events.map((event) => JSON.stringify(event)).join('\n')}`;
  }

  private receive(line: string): void {
    if (!line.startsWith('{')) {
      this.stderr += `${line}\n`;
      return;
    }
    const event = JSON.parse(line) as SoftqdEvent;
    this.events.push(event);
    if (!this.firstNs.has(event['event'])) this.firstNs.set(event['event'], monotonicNs());
    for (const listener of this.listeners) listener(event);
  }
}
