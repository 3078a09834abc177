/**
 * Checks the documentation pages: node scripts/lint/check-docs.mjs
 * At most 160 characters a line, links to files of this repository lead somewhere, commands stand in blocks marked `sh`.
 */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linesOf, projectFiles, report, ROOT } from './tracked-files.mjs';

const MAX_COLUMNS = 160;
const PAGES = /\.md$/;
/** Their rows are generated from the schema and the table of error codes. */
const GENERATED_PAGES = ['docs/configuration.md', 'docs/errors.md'];
const COMMAND = /^(\$ )?(npx|npm|softqd|make|sudo|python3) /;

/** The problems of one page, each as `line: problem`. */
export function problemsOfPage(lines, { generated = false, linkExists }) {
  const problems = [];
  let fence = null;
  lines.forEach((line, index) => {
    const problem = (text) => problems.push(`${index + 1}: ${text}`);
    const opened = /^ *```(\w*)/.exec(line);
    if (opened !== null) fence = fence === null ? opened[1] : null;
    if (!generated && [...line].length > MAX_COLUMNS) problem(`${[...line].length} characters; at most ${MAX_COLUMNS}`);
    if (fence === null && /^ {4}/.test(line) && COMMAND.test(line.trim()))
      problem('put commands into a block marked sh');
    if (fence !== null && fence !== 'sh' && COMMAND.test(line))
      problem(`put commands into a block marked sh, not ${fence}`);
    if (fence !== null) return;
    for (const [, target] of line.matchAll(/\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!linkExists(target)) problem(`no such file: ${target}`);
    }
  });
  if (fence !== null) problems.push(`${lines.length}: a block is not closed`);
  return problems;
}

function check() {
  const problems = projectFiles()
    .filter((file) => PAGES.test(file))
    .flatMap((file) => {
      const linkExists = (target) => existsSync(join(ROOT, normalize(join(dirname(file), target))));
      const generated = GENERATED_PAGES.includes(file);
      return problemsOfPage(linesOf(file), { generated, linkExists }).map((problem) => `${file}:${problem}`);
    });
  report(problems, 'docs: ok');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) check();
