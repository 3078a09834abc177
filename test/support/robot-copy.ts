import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './cli.ts';

/** In a `describe`: a directory for each test with a copy of a shipped robot in `my-arm`. `path` is that of the present test. */
export function useRobotCopy(robot: string): { readonly path: string } {
  const shipped = fileURLToPath(new URL(`../../config/robots/${robot}`, import.meta.url));
  let temporary: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    temporary = temporaryDirectory();
    cpSync(shipped, join(temporary.path, 'my-arm'), { recursive: true });
  });
  afterEach(() => temporary.remove());
  return {
    get path() {
      return temporary.path;
    },
  };
}
