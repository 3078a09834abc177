import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CompiledModule } from '../../src/base/compiled-module.ts';
import { compileTaskModule } from '../../src/config/task-module.ts';

/** A robot's folder below `directory` with these files; a value that begins with `-> ` is a symbolic link. Returns the folder. */
export function robotFolder(directory: string, files: Readonly<Record<string, string>>): string {
  const folder = join(directory, 'robot');
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (contents.startsWith('-> ')) symlinkSync(contents.slice(3), path);
    else writeFileSync(path, contents);
  }
  return folder;
}

/** Compiles `specifier` as tasks/lift.json5 of this folder states it. */
export function compileIn(folder: string, specifier = './lift.ts'): Promise<CompiledModule> {
  return compileTaskModule(folder, join(folder, 'tasks', 'lift.json5'), specifier);
}
