import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The objects in a file of JSON lines, or in all .json and .jsonl files of a folder in order of their names; none where there is no such file. */
export function readJsonLines(path: string): unknown[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isDirectory()) {
    const names = readdirSync(path).filter((name) => /\.jsonl?$/.test(name));
    return names.sort().flatMap((name) => readJsonLines(join(path, name)));
  }
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as unknown);
}
