/**
 * Runs mocha on request, again and again in one process: starting one for each change would take most of the time. Started by
 * mocha-runner.mjs with an IPC channel, in the directory whose tests it runs. Message: groups of test files; reply: the first failure, or null.
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

/** Why the tests fail; null: they pass. */
async function failureOf(files: readonly string[]): Promise<string | null> {
  forgetModules();
  const mocha = new Mocha({ bail: true, timeout: 300_000, reporter: SILENT });
  for (const file of files) mocha.addFile(path.resolve(file));
  try {
    (mocha as unknown as { loadFiles: () => void }).loadFiles();
    let failure: string | null = null;
    await new Promise((resolve) => {
      mocha.run(resolve).on('fail', (test, error: Error) => (failure ??= `${test.fullTitle()}: ${error.message}`));
    });
    return failure;
  } catch (error) {
    // A changed file that cannot even be loaded.
    return String(error);
  }
}

async function firstFailure(groups: readonly (readonly string[])[]): Promise<string | null> {
  for (const files of groups) {
    const failure = await failureOf(files);
    if (failure !== null) return failure;
  }
  return null;
}

process.on('message', (groups: readonly (readonly string[])[]) => {
  void firstFailure(groups).then((failure) => process.send!({ failure }));
});
