/**
 * Runs test commands one after the other and ends with one line over all of them: node .ci/run-tests.mjs COMMAND ...
 * Each command runs, also when the one before failed. The last line is `N passed, N failed`; the exit code is 1 when a command failed.
 * A command that fails without a failed test (lint, types, a crash) counts as one failure.
 * What failed is printed again before the last line: mocha's list of failures, or the last lines of a command that printed no counts.
 */
import { spawn } from 'node:child_process';

/** Characters of the end of a command's output in which its counts and failures are. */
const TAIL_CHARACTERS = 100_000;
const LAST_LINES = 30;
const FAILURES = /^ {2}\d+ failing$/gm;
const SUMMARY = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

/** The part of an output that says what failed. */
function failureText(tail, hasCounts) {
  const start = [...tail.matchAll(FAILURES)].at(-1)?.index;
  if (hasCounts && start !== undefined) return tail.slice(start).trimEnd();
  return tail.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}

/** Runs one command in a shell, passes its output through, and returns its counts and whether it succeeded. */
function runCommand(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['inherit', 'pipe', 'inherit'] });
    let tail = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      tail = (tail + text).slice(-TAIL_CHARACTERS);
    });
    child.once('close', (code, signal) => {
      const counts = [...tail.matchAll(SUMMARY)].at(-1);
      const [, passed = 0, failed = 0, skipped = 0] = counts ?? [];
      const failures = code !== 0 ? Math.max(1, Number(failed)) : Number(failed);
      const end = code === null ? `ended with ${signal}` : `exit code ${code}`;
      const text = failureText(tail, counts !== undefined);
      resolve({ passed: Number(passed), failed: failures, skipped: Number(skipped), command, end, text });
    });
  });
}

const results = [];
for (const command of process.argv.slice(2)) results.push(await runCommand(command));
const sum = (name) => results.reduce((total, result) => total + result[name], 0);
const unsuccessful = results.filter((result) => result.failed > 0);
for (const { command, end, text } of unsuccessful) console.log(`\n${command}, ${end}:\n${text}`);
for (const { command, failed } of unsuccessful) console.log(`failed: ${command} (${failed})`);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = results.length === 0 || sum('failed') > 0 ? 1 : 0;
