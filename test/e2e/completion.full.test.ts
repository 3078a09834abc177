import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, temporaryDirectory } from '../support/cli.ts';
import { skipUnless } from '../support/skips.ts';

/** A command line up to the cursor, and words that its completion must and must not contain. */
const CASES: readonly { readonly line: string; readonly has: string[]; readonly hasNot: string[] }[] = [
  { line: 'softqd pre', has: ['pretrain'], hasNot: ['run', '--robot'] },
  { line: 'softqd runs ', has: ['list', 'delete'], hasNot: ['pretrain', 'export'] },
  { line: 'softqd log ex', has: ['export'], hasNot: ['info'] },
  { line: 'softqd evaluate --ep', has: ['--episodes'], hasNot: ['--steps'] },
  { line: 'softqd log export --f', has: ['--format'], hasNot: ['--robot'] },
  { line: 'softqd pretrain --robot so', has: ['so101'], hasNot: ['koch', 'reach'] },
  { line: 'softqd pretrain --robot arm2 --task rea', has: ['reach'], hasNot: ['arm2'] },
  { line: 'softqd evaluate --policy ./t', has: [], hasNot: ['--task', 'torque-off'] },
];

/** Prints the completions of a line, one a line, in the real shell. */
const PROGRAMS = {
  bash: (script: string, line: string) => `
source ${script}
complete -p softqd | grep -q -- '-F _softqd' || exit 9
line='${line}'
read -ra COMP_WORDS <<<"$line"
[[ $line == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_softqd
printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (script: string, line: string) => `
source ${script}
(( $+_comps[softqd] )) || exit 9
emulate -L sh; setopt ksh_arrays
COMP_WORDS=( $(printf '%s' '${line}') )
case '${line}' in *' ') COMP_WORDS+=('');; esac
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_softqd
printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (script: string, line: string) =>
    `source ${script}; complete -C '${line}' | string replace -r '\\t.*' ''; true`,
} as const;

const FLAGS = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] } as const;

describe('softqd completion', function () {
  this.timeout(60_000);
  const directory = temporaryDirectory();
  after(() => directory.remove());

  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    it(`completes commands, flags and names in ${shell}`, async function () {
      skipUnless(this, spawnSync(shell, ['--version']).status === 0, `${shell} (Debian: apt install ${shell})`);
      const { code, stdout } = await cli(['completion', shell]);
      assert.equal(code, 0);
      const script = join(directory.path, `softqd.${shell}`);
      writeFileSync(script, stdout);
      for (const { line, has, hasNot } of CASES) {
        const result = spawnSync(shell, [...FLAGS[shell], PROGRAMS[shell](script, line)], {
          ...{ encoding: 'utf8', cwd: directory.path, env: { ...process.env, HOME: directory.path } },
        });
        assert.deepEqual([result.status, result.stderr], [0, ''], `${line}: ${result.stderr}`);
        // compgen of zsh leaves the choice by prefix to the shell.
        const prefix = line.slice(line.lastIndexOf(' ') + 1);
        const words = result.stdout.split('\n').filter((word) => word.startsWith(prefix));
        for (const word of has) assert.ok(words.includes(word), `${line}: ${word} in ${words.join(' ')}`);
        for (const word of hasNot) assert.ok(!words.includes(word), `${line}: no ${word} in ${words.join(' ')}`);
      }
    });
  }

  it('names the shells when another one is asked for', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh']);
    assert.equal(code, 2);
    assert.match(stderr, /bash, zsh, fish/);
  });
});
