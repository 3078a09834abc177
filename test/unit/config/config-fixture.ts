import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import { builtInPaths, loadConfig, pathsIn, type ConfigPaths, type LoadOptions } from '../../../src/config/index.ts';
import { temporaryDirectory } from '../../support/cli.ts';

/** A folder with its own robots, presets and files, for one test. */
export interface ConfigFixture {
  readonly path: string;
  readonly places: ConfigPaths;
  /** Writes a file below the folder and returns its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** A copy of the shipped configuration that a test may change. */
export function builtInConfigCopy(): ConfigFixture {
  const fixture = emptyConfig();
  cpSync(dirname(builtInPaths.presets), fixture.path, { recursive: true });
  return fixture;
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

/** The error of loadConfig. */
export async function failure(options: LoadOptions): Promise<SoftqdError> {
  try {
    await loadConfig(options);
  } catch (thrown) {
    assert.ok(thrown instanceof SoftqdError, String(thrown));
    return thrown;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}
