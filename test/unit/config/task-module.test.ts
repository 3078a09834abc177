import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import { compileIn, robotFolder } from '../../support/task-modules.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';

const IMPORTS_HELPER = "import { one } from './helper.ts';\nexport default one;\n";

/** The message with which compiling tasks/lift.ts of these files fails. */
async function refusal(files: Readonly<Record<string, string>>, specifier?: string): Promise<string> {
  return withTemporaryDirectory(async (directory) => {
    writeFileSync(join(directory, 'outside.ts'), 'export const one = 1;\n');
    const folder = robotFolder(directory, { 'tasks/lift.json5': '', ...files });
    const thrown: unknown = await compileIn(folder, specifier).catch((error: unknown) => error);
    assert.ok(thrown instanceof SoftqdError && thrown.code === 'E_TASK_MODULE', String(thrown));
    return thrown.message;
  });
}

describe('a compiled task module', () => {
  it('contains what it imports, and its hash changes with each of its sources, not with where they lie', async () => {
    const compile = (helper: string): Promise<{ code: string; sha256: string }> =>
      withTemporaryDirectory((directory) =>
        compileIn(
          robotFolder(directory, {
            'tasks/lift.json5': '',
            'tasks/lift.ts': IMPORTS_HELPER,
            'tasks/helper.ts': helper,
          }),
        ),
      );
    const first = await compile('export const one: number = 1;');
    assert.match(first.code, /one = 1/);
    assert.equal((await compile('export const one: number = 1;')).sha256, first.sha256);
    assert.notEqual((await compile('export const one: number = 2;')).sha256, first.sha256);
  });

  it('may be JavaScript, and may import softqd/task and files of the folder that are named without or with .js', async () => {
    await withTemporaryDirectory(async (directory) => {
      const folder = robotFolder(directory, {
        'tasks/lift.json5': '',
        'tasks/lift.mjs':
          "import { defineTask } from 'softqd/task';\nimport { a } from '../lib/a.js';\nexport default defineTask(a);\n",
        'lib/a.ts': "import { b } from './b';\nexport const a: object = b;\n",
        'lib/b.mts': 'export const b = {};\n',
      });
      const { code, file } = await compileIn(folder, './lift.mjs');
      assert.match(code, /require\("softqd\/task"\)/);
      assert.match(file, /robot\/tasks\/lift\.mjs$/);
    });
  });

  it('names file, line and column of a mistake', async () => {
    const message = await refusal({
      'tasks/lift.ts': IMPORTS_HELPER,
      'tasks/helper.ts': 'export const one = 1;\n  const = 2;\n',
    });
    assert.match(message, /robot\/tasks\/helper\.ts:2:9: /);
  });

  for (const [what, files, specifier, message] of [
    ['a file that is not there', {}, './lift.ts', /lift\.json5: module \.\/lift\.ts: file not found/],
    ['a path out of the folder', {}, '../../outside.ts', /outside of the robot's folder/],
    ['an absolute path', {}, '/etc/passwd', /may import files of the robot's folder/],
    ['a URL', {}, 'https://example.org/lift.ts', /may import files of the robot's folder/],
    ['another kind of file', { 'tasks/lift.txt': '' }, './lift.txt', /must end in \.ts/],
    [
      'a link out of the folder',
      { 'tasks/lift.ts': '-> ../../outside.ts' },
      './lift.ts',
      /outside of the robot's folder/,
    ],
    [
      'an import out of the folder',
      { 'tasks/lift.ts': "import '../../outside.ts';\n" },
      './lift.ts',
      /lift\.ts:1:8: import of "\.\.\/\.\.\/outside\.ts": .*outside of the robot's folder/,
    ],
    [
      'an import of a link out of the folder',
      { 'tasks/lift.ts': IMPORTS_HELPER, 'tasks/helper.ts': '-> ../../outside.ts' },
      './lift.ts',
      /import of ".\/helper\.ts": .*outside/,
    ],
    [
      'a package',
      { 'tasks/lift.ts': "import 'rxjs';\n" },
      './lift.ts',
      /lift\.ts:1:8: import of "rxjs": a task module may/,
    ],
    [
      'a module of Node',
      { 'tasks/lift.ts': "import 'node:fs';\n" },
      './lift.ts',
      /import of "node:fs": a task module may/,
    ],
    ['a large file', { 'tasks/lift.ts': `//${'x'.repeat(1_048_576)}` }, './lift.ts', /is limited to 1048576/],
  ] as const) {
    it(`is not made of ${what}`, async () => {
      assert.match(await refusal(files, specifier), message);
    });
  }
});
