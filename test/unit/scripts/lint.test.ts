import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const directory = join(import.meta.dirname, '../../../scripts/lint');

/** Evaluates an expression with the exports of a lint script. */
function evaluate(script: string, expression: string): unknown {
  const url = pathToFileURL(join(directory, script)).href;
  const source = `import * as lint from '${url}'; console.log(JSON.stringify(${expression}))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

describe('scripts/lint', () => {
  it('finds rejected words in prose, in names and in constants', () => {
    const lines = ['it begins anew', 'const lookAgain = 1', 'MAX_PATIENCE_MS', 'a neighbouring joint'];
    const found = evaluate('check-words.mjs', `${JSON.stringify(lines)}.map((line) => lint.refusedIn(line).length)`);
    assert.deepEqual(found, [1, 1, 1, 1]);
  });

  it('accepts words that contain a rejected one', () =>
    assert.deepEqual(evaluate('check-words.mjs', `lint.refusedIn('limpid marshall goes ongoing parameter')`), []));

  it('finds long lines, dead links and commands outside of sh blocks', () => {
    const lines = ['x'.repeat(161), '[a](missing.md) [b](there.md#part) [c](https://example.org)', '', '    npm test'];
    const expression = `lint.problemsOfPage(${JSON.stringify(lines)}, { linkExists: (target) => target === 'there.md' })`;
    assert.deepEqual(evaluate('check-docs.mjs', expression), [
      '1: 161 characters; at most 160',
      '2: no such file: missing.md',
      '4: put commands into a block marked sh',
    ]);
  });
});
