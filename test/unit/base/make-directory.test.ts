import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../../src/base/make-directory-adapter.ts';
import { temporaryDirectory } from '../../support/cli.ts';
import { skipUnless } from '../../support/skips.ts';

describe('makeDirectory', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());

  it('creates a directory and its parents, also when they exist', () => {
    const path = join(folder.path, 'a/b/c');
    makeDirectory(path);
    makeDirectory(path);
    makeDirectory('/');
    assert.ok(statSync(path).isDirectory());
  });

  it('creates the directory with the requested mode', () => {
    const path = join(folder.path, 'private');
    makeDirectory(path, 0o700);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it('rejects a path at or below a file', () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    assert.throws(() => makeDirectory(file), { code: 'EEXIST' });
    assert.throws(() => makeDirectory(join(file, 'x/y')), { code: 'ENOTDIR' });
  });

  it('returns at once where the system does not allow directories', function () {
    skipUnless(this, existsSync('/proc/self'), 'a /proc file system');
    assert.throws(() => makeDirectory('/proc/softqd/data'), { code: 'ENOENT' });
  });
});
