import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Throws when a source file is newer than the built program, which the stop matrix runs. */
export function requireCurrentBuild(): void {
  const builtMs = statSync(join(ROOT, 'dist/commands/main.js')).mtimeMs;
  const newer = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('wire/generated'))
    .find((name) => statSync(join(ROOT, 'src', name)).mtimeMs > builtMs + 1000);
  if (newer !== undefined) throw new Error(`dist is older than src/${newer}; run npm run build`);
}
