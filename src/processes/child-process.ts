import { fork, type ChildProcess } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const runsFromSource = import.meta.url.endsWith('.ts');

/** An entry file of this room as a child process, from compiled code or from source alike. It ends with its parent: the IPC channel closes. */
export function forkEntry(
  name: string,
  options: { args?: readonly string[]; niceness?: number; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  const file = fileURLToPath(new URL(`./${name}.${runsFromSource ? 'ts' : 'js'}`, import.meta.url));
  const child = fork(file, [...(options.args ?? [])], {
    execArgv: runsFromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...options.env },
    serialization: 'advanced',
    // Ctrl-C reaches the whole terminal group; the daemon alone decides in which order its children stop.
    detached: true,
  });
  if (options.niceness !== undefined && options.niceness > 0 && child.pid !== undefined) {
    try {
      // Whoever started the daemon with `nice` meant its children, too: never back up.
      setPriority(child.pid, Math.max(getPriority(), options.niceness));
    } catch {
      // A lower priority is a courtesy: without the permission (or with a child that is already gone) all works the same.
    }
  }
  return child;
}

/** Ends a child: asks with SIGTERM, insists with SIGKILL after `graceMs`. Resolves when it is gone. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const killTimer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('exit', () => {
      clearTimeout(killTimer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
