/** How this program is called where it runs: `npx softqd` from a checkout or a project, else `softqd`. */
export function programName(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_lifecycle_event'] === 'npx' ? 'npx softqd' : 'softqd';
}

/** A word of a command line, quoted where a POSIX shell would split or expand it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Commands to type next with what each does, aligned; without a final newline. */
export function nextSteps(steps: readonly { readonly command: string; readonly what: string }[]): string {
  const width = Math.max(0, ...steps.map(({ command }) => command.length));
  return steps.map(({ command, what }) => `  ${command.padEnd(width)}   # ${what}`).join('\n');
}
