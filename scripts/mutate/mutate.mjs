/**
 * Mutation tests: changes one comparison, constant or operator at a time in a copy of the repository and runs the tests on it. A change
 * that no test notices is a survivor.
 *
 *   npm run mutate -- safety
 *   node scripts/mutate/mutate.mjs --test 'make -C firmware-bridge test' firmware-bridge/core/sq_limits.c
 *
 * Options: --test COMMAND (several: the next one runs where the one before noticed nothing), --out FILE.md, --timeout SECONDS,
 * --known FILE.json (survivors that are equivalent: "file:line-text from -> to" with the reason).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mutantsOf } from './mutants.mjs';
import { reportOf } from './report.mjs';

const MOCHA =
  'node --import tsx node_modules/mocha/bin/mocha.js --no-config --exit --bail --timeout 300000 --require test/support/skips.ts --reporter dot';

/** Names for file lists with their tests. */
const SETS = {
  safety: {
    files: [
      'braking',
      'position-limiter',
      'velocity-limiter',
      'effort-limiter',
      'following',
      'guard-step',
      'guard',
      'limits',
      'reading-check',
      'reason-set',
      'state-machine',
      'stop-plan',
      'workspace-limiter',
    ].map((name) => `src/safety/${name}.ts`),
    tests: [
      `${MOCHA} $(ls test/unit/safety/*.test.ts | grep -v workspace)`,
      `SOFTQD_PROPERTY_EFFORT=0.2 ${MOCHA} test/property/guard.test.ts`,
      `${MOCHA} test/unit/safety/workspace.test.ts`,
    ],
    known: 'scripts/mutate/equivalent-safety.json',
    out: 'docs/mutation-safety.md',
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    test: { type: 'string', multiple: true },
    out: { type: 'string' },
    known: { type: 'string' },
    timeout: { type: 'string', default: '300' },
  },
});
const set = SETS[positionals[0]] ?? { files: positionals, tests: values.test ?? [] };
const tests = values.test ?? set.tests;
if (set.files.length === 0 || tests.length === 0) {
  console.error(`usage: mutate.mjs ${Object.keys(SETS).join('|')} | --test COMMAND FILE...`);
  process.exit(2);
}

/** A copy of the files that git knows, so that the working tree stays as it is. */
function copyRepository() {
  const copy = mkdtempSync(path.join(tmpdir(), 'softqd-mutate-'));
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const file of listed.stdout.split('\0').filter(Boolean))
    cpSync(file, path.join(copy, file), { recursive: true });
  for (const link of ['node_modules', 'dist', 'build', 'src/wire/generated']) {
    try {
      symlinkSync(path.resolve(link), path.join(copy, link));
    } catch {
      // Not built here.
    }
  }
  return copy;
}

const copy = copyRepository();
const run = (command) =>
  spawnSync('bash', ['-c', command], { cwd: copy, timeout: Number(values.timeout) * 1000, stdio: 'ignore' }).status ===
  0;
const results = [];
try {
  for (const test of tests) {
    if (!run(test)) {
      console.error(`the tests fail without a change: ${test}`);
      process.exitCode = 1;
      throw new Error(test);
    }
  }
  for (const file of set.files) {
    const source = readFileSync(file, 'utf8');
    const lines = source.split('\n');
    for (const { text, ...mutant } of mutantsOf(source)) {
      writeFileSync(path.join(copy, file), text);
      const survives = tests.every(run);
      results.push({ file, ...mutant, code: lines[mutant.line - 1].trim(), survives });
      process.stdout.write(survives ? `\n${file}:${mutant.line}: ${mutant.from} -> ${mutant.to}\n` : '.');
    }
    writeFileSync(path.join(copy, file), source);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
const known = set.known ?? values.known;
const report = reportOf(results, known === undefined ? {} : JSON.parse(readFileSync(known, 'utf8')));
const out = values.out ?? set.out;
if (out !== undefined) writeFileSync(out, report.text);
console.log(`\n${report.summary}`);
process.exitCode = report.unexplained > 0 ? 1 : 0;
