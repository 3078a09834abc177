/**
 * Runs test commands one after the other and ends with one line over all of them: node .ci/run-tests.mjs COMMAND ...
 * Each command runs, also when the one before failed. The last line is `N passed, N failed`; the exit code is 1 when a command failed.
 * A command that fails without a failed test (lint, types, a crash) counts as one failure.
 */
import { spawn } from 'node:child_process';

const SUMMARY = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

/** Runs one command in a shell, passes its output through, and returns its counts and whether it succeeded. */
function runCommand(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['inherit', 'pipe', 'inherit'] });
    let tail = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      tail = (tail + text).slice(-10_000);
    });
    child.once('close', (code) => {
      const [, passed = 0, failed = 0, skipped = 0] = [...tail.matchAll(SUMMARY)].at(-1) ?? [];
      const failures = code !== 0 ? Math.max(1, Number(failed)) : Number(failed);
      resolve({ passed: Number(passed), failed: failures, skipped: Number(skipped), command });
    });
  });
}

const results = [];
for (const command of process.argv.slice(2)) results.push(await runCommand(command));
const sum = (name) => results.reduce((total, result) => total + result[name], 0);
for (const { command, failed } of results.filter((result) => result.failed > 0))
  console.log(`failed: ${command} (${failed})`);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = results.length === 0 || sum('failed') > 0 ? 1 : 0;
