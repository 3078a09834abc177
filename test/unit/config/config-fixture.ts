import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placesIn, shippedPlaces, type ConfigPlaces } from '../../../src/config/index.ts';
import { temporaryDirectory } from '../../support/cli.ts';

/** A folder with its own robots, presets and files, for one test. */
export interface ConfigRoom {
  readonly path: string;
  readonly places: ConfigPlaces;
  /** Writes a file below the folder and returns its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** A copy of what is shipped, to be spoiled by a test. */
export function shippedCopy(): ConfigRoom {
  const room = emptyRoom();
  cpSync(dirname(shippedPlaces.presets), room.path, { recursive: true });
  return room;
}

export function emptyRoom(): ConfigRoom {
  const folder = temporaryDirectory();
  return {
    path: folder.path,
    places: placesIn(folder.path),
    write: (name, text) => {
      const path = join(folder.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    remove: () => folder.remove(),
  };
}
