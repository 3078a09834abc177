/**
 * Runs mocha on request, again and again in one process: starting one for each change would take most of the time. Started by
 * mocha-runner.mjs with an IPC channel, in the directory whose tests it runs. Message: groups of test files; reply: whether all pass.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import Mocha from 'mocha';

const require = createRequire(import.meta.url);

/** A reporter that prints nothing. */
const SILENT = function silent(): void {
  // Only the number of failures is of interest.
} as unknown as string;

/** Forgets every module of the directory, so that changed files are read again. */
function forgetModules(): void {
  const modules = path.resolve('node_modules');
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(process.cwd()) && !file.startsWith(modules)) Reflect.deleteProperty(require.cache, file);
  }
}

async function passes(files: readonly string[]): Promise<boolean> {
  forgetModules();
  const mocha = new Mocha({ bail: true, timeout: 300_000, reporter: SILENT });
  for (const file of files) mocha.addFile(path.resolve(file));
  try {
    mocha.loadFiles();
    return (await new Promise<number>((resolve) => mocha.run(resolve))) === 0;
  } catch {
    // A changed file that cannot even be loaded.
    return false;
  }
}

async function passAll(groups: readonly (readonly string[])[]): Promise<boolean> {
  for (const files of groups) if (!(await passes(files))) return false;
  return true;
}

process.on('message', (groups: readonly (readonly string[])[]) => {
  void passAll(groups).then((survives) => process.send!(survives));
});
