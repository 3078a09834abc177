import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The paths of the `.json` files of a directory, by name; none for a directory that does not exist or cannot be read. */
export function jsonFilesIn(directory: string): readonly string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(directory, name));
  } catch {
    return [];
  }
}
