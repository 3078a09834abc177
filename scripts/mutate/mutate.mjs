/**
 * Mutation tests: changes one comparison, constant or operator at a time in a copy of the repository and runs the tests on it. A change
 * that no test notices is a survivor.
 *
 *   npm run mutate -- safety
 *   npm run mutate -- --test 'make -C firmware-bridge test' firmware-bridge/core/sq_limits.c
 *
 * Options: --test COMMAND (several: the next one runs where the one before noticed nothing), --out FILE.json, --timeout SECONDS,
 * --known FILE.json (survivors that are equivalent: "file: code: from -> to" with the reason), --only NAME (files whose path has it).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MochaRunner } from './mocha-runner.mjs';
import { mutantsOf } from './mutants.mjs';
import { reportOf } from './report.mjs';

const SAFETY_TESTS = 'test/unit/safety';

/** The quickest tests first: those of one part, those of a whole guard, any input, and those that read robot files. */
function safetyGroups() {
  const group = (file) => {
    const source = readFileSync(file, 'utf8');
    if (source.includes('support/simulator')) return 3;
    return /createGuard|StatefulGuard|guarded-arm|limit-vectors/.test(source) ? 1 : 0;
  };
  const groups = [[], [], ['test/property/guard.test.ts'], []];
  for (const name of readdirSync(SAFETY_TESTS)) {
    const file = `${SAFETY_TESTS}/${name}`;
    groups[group(file)].push(file);
  }
  return groups;
}

/** Names for file lists with their tests, by mocha in one process. */
const SETS = {
  safety: () => ({
    files: readdirSync('src/safety')
      .filter((name) => !['index.ts', 'port.ts', 'safe-command.ts', 'joint-limiter.ts'].includes(name))
      .map((name) => `src/safety/${name}`),
    groups: safetyGroups(),
    known: 'scripts/mutate/equivalent-safety.json',
    out: 'docs/mutation-safety.json',
  }),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    test: { type: 'string', multiple: true },
    out: { type: 'string' },
    known: { type: 'string' },
    only: { type: 'string', default: '' },
    timeout: { type: 'string', default: '300' },
  },
});
const set = SETS[positionals[0]]?.() ?? { files: positionals, commands: values.test ?? [] };
const files = set.files.filter((file) => file.includes(values.only));
if (files.length === 0 || (set.groups === undefined && set.commands.length === 0)) {
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
const timeoutMs = Number(values.timeout) * 1000;
const mocha = new MochaRunner(copy, timeoutMs);
const runCommand = (command) =>
  spawnSync('bash', ['-c', command], { cwd: copy, timeout: timeoutMs, stdio: 'ignore' }).status === 0;
/** The first failure; null: nothing was noticed. */
const failureOf = async () =>
  set.groups === undefined ? (set.commands.find((command) => !runCommand(command)) ?? null) : mocha.run(set.groups);
/** What else makes the tests fail (a change of the linked folders) would look as if they noticed everything. */
const requirePassing = async (when) => {
  const failure = await failureOf();
  if (failure !== null) throw new Error(`the tests fail without a change ${when}: ${failure}`);
};
const results = [];
try {
  await requirePassing('at the beginning');
  for (const file of files) {
    const source = readFileSync(file, 'utf8');
    const lines = source.split('\n');
    for (const { text, ...mutant } of mutantsOf(source)) {
      writeFileSync(path.join(copy, file), text);
      const survives = (await failureOf()) === null;
      results.push({ file, ...mutant, code: lines[mutant.line - 1].trim(), survives });
      process.stdout.write(survives ? `\n${file}:${mutant.line}: ${mutant.from} -> ${mutant.to}\n` : '.');
    }
    writeFileSync(path.join(copy, file), source);
    await requirePassing(`after ${file}`);
  }
} finally {
  mocha.close();
  rmSync(copy, { recursive: true, force: true });
}
const known = set.known ?? values.known;
const report = reportOf(results, known === undefined ? {} : JSON.parse(readFileSync(known, 'utf8')));
const out = values.out ?? set.out;
if (out !== undefined) writeFileSync(out, report.text);
console.log(`\n${report.summary}`);
process.exitCode = report.unexplained > 0 ? 1 : 0;
