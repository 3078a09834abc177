import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathsIn, builtInPaths, type ConfigPaths } from '../../../src/config/index.ts';
import { temporaryDirectory } from '../../support/cli.ts';

/** A folder with its own robots, presets and files, for one test. */
export interface ConfigFixture {
  readonly path: string;
  readonly places: ConfigPaths;
  /** Writes a file below the folder and returns its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** A copy of what is shipped, to be spoiled by a test. */
export function builtInConfigCopy(): ConfigFixture {
  const room = emptyConfig();
  cpSync(dirname(builtInPaths.presets), room.path, { recursive: true });
  return room;
}

export function emptyConfig(): ConfigFixture {
  const folder = temporaryDirectory();
  return {
    path: folder.path,
    places: pathsIn(folder.path),
    write: (name, text) => {
      const path = join(folder.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    remove: () => folder.remove(),
  };
}
