import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { limitVectors } from '../../support/limit-vectors.ts';

const FILE = new URL('../../vectors/limits.json', import.meta.url);

describe('test/vectors/limits.json', () => {
  it('has the commands and reasons of the guard', () => {
    const vectors = { note: 'See test/vectors/README.md', vectors: limitVectors() };
    if (process.env['SOFTQD_WRITE_VECTORS'] === '1') writeFileSync(FILE, `${JSON.stringify(vectors, null, 1)}\n`);
    assert.deepEqual(JSON.parse(readFileSync(FILE, 'utf8')), JSON.parse(JSON.stringify(vectors)));
  });
});
