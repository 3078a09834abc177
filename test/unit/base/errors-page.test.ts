import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ERROR_CODES } from '../../../src/base/error-codes.ts';
import { ERRORS_PAGE, errorsPage, whenOf } from '../../../scripts/error-docs.ts';

describe('docs/errors.md', () => {
  const page = readFileSync(ERRORS_PAGE, 'utf8');

  it('lists exactly all codes with their exit codes and hints', () => {
    assert.equal(page, errorsPage(page), 'run: node --import tsx scripts/error-docs.ts');
    assert.deepEqual([...whenOf(page).keys()], Object.keys(ERROR_CODES));
  });

  it('describes when every code occurs', () => {
    for (const [code, when] of whenOf(page))
      assert.match(when, /^\S.{20,}\.$/, `${code}: write its column "when" in docs/errors.md`);
  });

  it('has a hint for every code', () => {
    for (const [code, { hint }] of Object.entries(ERROR_CODES)) assert.match(hint, /^[A-Za-z].{15,}\.$/, code);
  });
});
