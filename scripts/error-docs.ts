/**
 * Updates docs/errors.md from src/base/error-codes.ts: node --import tsx scripts/error-docs.ts
 * The column "when" is written by hand and kept; a new code gets an empty one, which a test rejects.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES } from '../src/base/error-codes.ts';

export const ERRORS_PAGE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

/** The column "when" of a page, by code. */
export function whenOf(page: string): ReadonlyMap<string, string> {
  const rows = page.matchAll(/^\| `(E_[A-Z0-9_]+)` \| \d \| (.*?) \|/gm);
  return new Map([...rows].map((row) => [row[1]!, row[2]!.trim()]));
}

/** The page with the present codes, exit codes and hints, and the "when" of `page`. */
export function errorsPage(page: string): string {
  const when = whenOf(page);
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { exit, hint }]) =>
      `| \`${code}\` | ${exit} | ${when.get(code) ?? ''} | ${hint.replaceAll('|', '\\|')} |\n`,
  );
  return `${INTRODUCTION}\n| code | exit | when | what to do |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

const INTRODUCTION = `# Errors

<!-- Columns "exit" and "what to do" come from src/base/error-codes.ts by scripts/error-docs.ts; "when" is written here. -->

Every error has a code that never changes, a message, a hint, and values for programs. \`softqd run --robot arm3 --task reach --json\` prints:

\`\`\`json
{"error":{"code":"E_ROBOT_UNKNOWN","message":"no robot is called \\"arm3\\"; ...","hint":"Did you mean arm2?","values":{"robot":"arm3", ...}}}
\`\`\`

Without \`--json\` the same is on stderr: the message, the code in brackets, and the hint after an arrow. An error may have a more specific
hint than the one below.

Exit codes: 0 done · 1 failed · 2 usage or configuration · 3 refused for safety · 130 interrupted (Ctrl-C, SIGTERM
or SIGHUP after an orderly stop; with nothing armed a second Ctrl-C exits at once).
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(ERRORS_PAGE, errorsPage(existsSync(ERRORS_PAGE) ? readFileSync(ERRORS_PAGE, 'utf8') : ''));
}
