import { table } from './ui/table.ts';

/** How this program is called where it runs: `npx softqd` from a checkout or a project, else `softqd`. */
export function programName(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_lifecycle_event'] === 'npx' ? 'npx softqd' : 'softqd';
}

/** The flag that names a data directory again in a command to type next; empty for the default one. */
export function dataFlag(directory: string | undefined): string {
  return directory === undefined ? '' : ` --data ${shellWord(directory)}`;
}

/** A word of a command line, quoted where a POSIX shell would split or expand it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Commands to type next, each after what it does; without a final newline. */
export function nextSteps(steps: readonly { readonly command: string; readonly what: string }[]): string {
  return table(steps.map(({ command, what }) => [`  ${what}`, command])).trimEnd();
}
