import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { BuildFailure, Loader, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import type { CompiledModule } from '../base/compiled-module.ts';
import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';

/** What a task module imports from softqd; resolved when the module is evaluated. */
const PUBLIC_ENTRY = 'softqd/task';
const MAX_BYTES = 1_048_576;
const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.js': 'js',
  '.mjs': 'js',
  '.json': 'json',
};

/**
 * Compiles `specifier`, as a task file in `directory`/tasks states it, with the files that it imports. Everything must lie in the robot's
 * folder, also behind symbolic links; only `softqd/task` comes from outside. Throws E_TASK_MODULE with file, line and column.
 */
export async function compileTaskModule(
  directory: string,
  taskFile: string,
  specifier: string,
): Promise<CompiledModule> {
  const root = await realpath(directory);
  const sources = new Map<string, string>();
  const importer = join(await realpath(dirname(taskFile)), 'task');
  const entry = await resolveInside(root, importer, specifier).catch((thrown: unknown) => {
    throw new SoftqdError('E_TASK_MODULE', `${taskFile}: module ${specifier}: ${(thrown as Error).message}`, {
      values: { file: taskFile, module: specifier },
    });
  });
  const { build, stop } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      absWorkingDir: root,
      outfile: `${entry}.cjs`,
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'neutral',
      target: 'node20',
      sourcemap: 'external',
      logLevel: 'silent',
      tsconfigRaw: '{}',
      plugins: [insideFolder(root, sources)],
    });
    const [sourceMap, code] = outputFiles.map(({ text }) => text);
    return { file: entry, sha256: digest(sources), code: code!, sourceMap: sourceMap! };
  } catch (thrown) {
    throw compileError(root, entry, thrown);
  } finally {
    await stop();
  }
}

/** Resolves and reads files of the robot's folder only; `sources` collects what was read, by path. */
function insideFolder(root: string, sources: Map<string, string>): Plugin {
  return {
    name: 'inside-folder',
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args): Promise<OnResolveResult> => {
        if (args.path === PUBLIC_ENTRY) return { path: PUBLIC_ENTRY, external: true };
        if (args.kind === 'entry-point') return { path: args.path };
        return resolveImport(root, args);
      });
      build.onLoad({ filter: /.*/ }, async ({ path }): Promise<OnLoadResult> => {
        const contents = await readFile(path, 'utf8');
        sources.set(relative(root, path).split(sep).join('/'), contents);
        return { contents, loader: LOADERS[extname(path)] ?? 'js' };
      });
    },
  };
}

async function resolveImport(root: string, { path, importer }: OnResolveArgs): Promise<OnResolveResult> {
  try {
    return { path: await resolveInside(root, importer, path) };
  } catch (thrown) {
    return { errors: [{ text: `import of ${JSON.stringify(path)}: ${(thrown as Error).message}` }] };
  }
}

/** The real path of a source file in `root`. The error's message is the reason alone. */
async function resolveInside(root: string, importer: string, specifier: string): Promise<string> {
  const refuse = (reason: string): SoftqdError => new SoftqdError('E_TASK_MODULE', reason);
  if (!/^\.\.?\//.test(specifier)) {
    throw refuse(`a task module may import files of the robot's folder ('./NAME.ts') and ${PUBLIC_ENTRY}`);
  }
  const path = await firstFile(resolve(dirname(importer), specifier));
  if (path === null) throw refuse('file not found');
  const fromRoot = relative(root, path);
  if (fromRoot.startsWith('..') || isAbsolute(fromRoot)) throw refuse(`${path} is outside of the robot's folder`);
  if (LOADERS[extname(path)] === undefined) throw refuse(`must end in ${Object.keys(LOADERS).join(', ')}`);
  const { size } = await stat(path);
  if (size > MAX_BYTES) throw refuse(`has ${size} bytes; a source file is limited to ${MAX_BYTES}`);
  return path;
}

/** The real path of the file itself, of the TypeScript file for a .js name, or with an extension added; null: there is none. */
async function firstFile(path: string): Promise<string | null> {
  const names = [path, path.replace(/\.(m?)js$/, '.$1ts'), ...Object.keys(LOADERS).map((ending) => path + ending)];
  for (const name of names) {
    try {
      const real = await realpath(name);
      if ((await stat(real)).isFile()) return real;
    } catch {
      continue;
    }
  }
  return null;
}

function digest(sources: ReadonlyMap<string, string>): string {
  return sha256Hex(JSON.stringify([...sources].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function compileError(root: string, entry: string, thrown: unknown): SoftqdError {
  const [first] = (thrown as Partial<BuildFailure>).errors ?? [];
  const { file, line, column } = first?.location ?? {};
  const path = file === undefined ? entry : resolve(root, file);
  const place = line === undefined ? '' : `:${line}:${(column ?? 0) + 1}`;
  return new SoftqdError('E_TASK_MODULE', `${path}${place}: ${first?.text ?? String(thrown)}`, {
    hint: line === undefined ? 'Correct the module.' : `Correct the module at line ${line}.`,
    values: { file: path, line: line ?? null, column: column === undefined ? null : column + 1 },
    cause: thrown,
  });
}
