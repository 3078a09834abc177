import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './documentation.ts';

/** The environment of a machine without compilers; npm asks the registry only for what its cache lacks. */
export const WITHOUT_COMPILERS: NodeJS.ProcessEnv = {
  ...{ ...process.env, CXX: '/nonexistent', CC: '/nonexistent' },
  npm_config_prefer_offline: 'true',
};

/** Runs a program to its end. Throws with its output when it fails. */
export function run(program: string, words: readonly string[], cwd: string, env = WITHOUT_COMPILERS): string {
  const result = spawnSync(program, words, { cwd, env, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${program} ${words.join(' ')}: ${result.error?.message ?? ''}${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** Builds the compiled parts and packs this checkout; returns the path of the .tgz. */
export function packPackage(directory: string): string {
  execFileSync(process.execPath, ['scripts/build-prebuilt.mjs'], { cwd: ROOT, stdio: 'pipe' });
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', directory], ROOT);
  return join(
    directory,
    readdirSync(directory).find((name) => name.endsWith('.tgz'))!,
  );
}

/** Installs packages in a new, empty project. */
export function installPackages(directory: string, packages: readonly string[], flags: readonly string[] = []): void {
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{"private":true}\n');
  run('npm', ['install', '--omit=optional', '--no-audit', '--no-fund', ...flags, ...packages], directory);
}

/**
 * The node of another version or processor from the npm registry, as `linux-x64@22`; null: it cannot be had here. It is a program of the
 * package, none of whose scripts run.
 */
export function otherNode(directory: string, name: string): string | null {
  try {
    installPackages(directory, [`node-${name}`], ['--ignore-scripts', '--force']);
    return join(directory, 'node_modules', `node-${name.split('@')[0]!}`, 'bin', 'node');
  } catch {
    return null;
  }
}

/** Runs an installed softqd with a node. */
export function softqd(
  installed: string,
  words: readonly string[],
  { node = process.execPath, cwd }: { readonly node?: string; readonly cwd: string },
): SpawnSyncReturns<string> {
  return spawnSync(node, [installed, ...words], { cwd, env: WITHOUT_COMPILERS, encoding: 'utf8' });
}
