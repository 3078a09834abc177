/**
 * Refuses coined words and British spellings in names, messages, comments and documentation: node scripts/lint/check-words.mjs
 * The list is scripts/lint/words.mjs, the words to use are in docs/glossary.md.
 */
import { fileURLToPath } from 'node:url';
import { linesOf, projectFiles, report } from './tracked-files.mjs';
import { ALLOWED, BRITISH, REFUSED_WORDS } from './words.mjs';

const CHECKED =
  /^(src|test|bench|native|proto|config|docs|examples|scripts|\.ci|firmware-bridge\/(core|host|simulated|robots|boards))\/|^[A-Z]+\.md$|^firmware-bridge\/README\.md$/;
const SKIPPED =
  /(^|\/)(generated|third_party)\/|^docs\/glossary\.md$|^CHANGELOG\.md$|^scripts\/lint\/words\.mjs$|^test\/vectors\/.*\.(json|mcap|jsonl)$/;
const TEXT = /\.(ts|mjs|cjs|js|md|json5|proto|cpp|cc|c|h|hpp|py|sh|xml|txt|json)$|^\.ci\/run$/;

const whole = (alternatives) => new RegExp(` (${alternatives}) `);
const stem = (alternatives) => new RegExp(` \\w*(${alternatives})`);
const PATTERNS = [
  ...REFUSED_WORDS.map(([word, use]) => ({ word, use, pattern: whole(word) })),
  ...BRITISH.map(([word, use]) => ({ word, use, pattern: stem(word) })),
];

/** The words of a line, names split at their humps, in lower case, with one blank around each. */
export function wordsOf(line) {
  const split = line.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[^A-Za-z']+/g, ' ');
  return ` ${split.toLowerCase().trim()} `;
}

/** The refused words of a line. */
export function refusedIn(line) {
  const words = wordsOf(line);
  return PATTERNS.filter(({ pattern }) => pattern.test(words));
}

function check() {
  const problems = [];
  const used = new Set();
  for (const file of projectFiles().filter((name) => CHECKED.test(name) && !SKIPPED.test(name) && TEXT.test(name))) {
    linesOf(file).forEach((line, index) => {
      for (const { word, use, pattern } of refusedIn(line)) {
        const allowed = ALLOWED.find((entry) => entry.file === file && entry.word === word);
        if (allowed !== undefined) used.add(allowed);
        else problems.push(`${file}:${index + 1}: "${pattern.exec(wordsOf(line))[1]}": use ${use}`);
      }
    });
  }
  for (const { file, word } of ALLOWED.filter((entry) => !used.has(entry))) {
    problems.push(`scripts/lint/words.mjs: the exception for "${word}" in ${file} is not needed`);
  }
  report(problems, 'words: ok');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) check();
