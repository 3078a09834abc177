import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonLines } from '../../../bench/support/json-lines.ts';
import { temporaryDirectory } from '../../support/cli.ts';

describe('readJsonLines', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());

  it('reads the objects of a file and of a folder in order of the names, and nothing where nothing is', () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder.path, name), text);
      return join(folder.path, name);
    };
    const lines = file('b.jsonl', '{"i":2}\nsome text\n{"i":3}\n');
    file('a.json', '{"i":1}\n');
    file('c.txt', '{"i":4}\n');
    assert.deepEqual(readJsonLines(lines), [{ i: 2 }, { i: 3 }]);
    assert.deepEqual(readJsonLines(folder.path), [{ i: 1 }, { i: 2 }, { i: 3 }]);
    assert.deepEqual(readJsonLines(join(folder.path, 'none')), []);
  });
});
