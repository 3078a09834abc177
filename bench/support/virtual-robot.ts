import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const built = fileURLToPath(new URL('../../bin/softqd.js', import.meta.url));
const source = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface VirtualRobot {
  readonly path: string;
  /** Stops it in order: the truth is complete afterwards. */
  stop(): Promise<void>;
}

/** `softqd virtual` in a process of its own; `fromSource` instead of the built program. */
export async function startVirtualRobot(parameters: readonly string[], fromSource: boolean): Promise<VirtualRobot> {
  const program = fromSource ? ['--import', import.meta.resolve('tsx'), source] : [built];
  const child = spawn(process.execPath, [...program, 'virtual', ...parameters, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
