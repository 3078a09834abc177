import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts the file `name` of `directory` (a URL that ends with a slash) as a thread, from compiled code or from source: there a thread needs
 * the loader that its parent runs under.
 */
export function startThread(name: string, directory: URL, workerData: unknown = null): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`${name}.js`, directory), { workerData });
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(/\.cjs$/, '.mjs');
  const target = new URL(`${name}.ts`, directory).href;
  const script = `import('${loader}').then(({ register }) => { register(); return import('${target}'); })`;
  return new Worker(script, { eval: true, workerData });
}
