import { spawnSync } from 'node:child_process';

/**
 * The environment of a python3 that has these packages, installed from PyPI into `directory` where it lacks them; null: they cannot be had
 * here. `requirements`: as pip takes them; the name of each is that of its module.
 */
export function pythonPackages(directory: string, requirements: readonly string[]): NodeJS.ProcessEnv | null {
  const imports = `import ${requirements.map((requirement) => requirement.replace(/\W.*/, '')).join(', ')}`;
  const importable = (env: NodeJS.ProcessEnv): boolean =>
    spawnSync('python3', ['-c', imports], { env: { ...process.env, ...env } }).status === 0;
  if (importable({})) return {};
  const words = ['-m', 'pip', 'install', '--quiet', '--no-compile', '--only-binary=:all:', '--target', directory];
  spawnSync('python3', [...words, ...requirements]);
  const env = { PYTHONPATH: directory };
  return importable(env) ? env : null;
}
