import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const built = fileURLToPath(new URL('../../bin/softqd.js', import.meta.url));
const source = fileURLToPath(new URL('../../src/commands/main.ts', import.meta.url));

export interface VirtualRobot {
  readonly path: string;
  /** Stops it in order: the ground truth is complete afterwards. */
  stop(): Promise<void>;
}

export interface StartVirtualRobotOptions {
  /** Of `softqd virtual`. */
  readonly parameters: readonly string[];
  /** Instead of the built program. */
  readonly fromSource: boolean;
  /** SCHED_FIFO; 0: normal. Simulated hardware must not wait for the CPUs of this machine; needs the permission. */
  readonly realTimePriority?: number;
}

/** `softqd virtual` in a separate process. */
export async function startVirtualRobot(options: StartVirtualRobotOptions): Promise<VirtualRobot> {
  const { parameters, fromSource, realTimePriority = 0 } = options;
  const program = fromSource ? ['--import', import.meta.resolve('tsx'), source] : [built];
  const node = [process.execPath, ...program, 'virtual', ...parameters, '--json'];
  const [command, ...rest] = realTimePriority === 0 ? node : ['chrt', '--fifo', String(realTimePriority), ...node];
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    return ended;
  };
  process.once('exit', () => child.kill('SIGKILL'));
  const path = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as { event?: string; pty?: string };
      if (event.event === 'ready' && event.pty !== undefined) resolve(event.pty);
    });
    child.once('close', (code) => reject(new Error(`softqd virtual ended with ${code ?? 'a signal'}`)));
  });
  return { path, stop };
}
