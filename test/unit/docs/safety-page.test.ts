import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../../src/base/error-codes.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/safety.md'), 'utf8');
const headings = [...page.matchAll(/^### (E_\w+)$/gm)].map(([, code]) => code!);

/** Codes of faults that stop a robot and of refusals to arm. */
const SAFETY_CODE =
  /^E_(SAFETY|READING|STOP|FAULT|OVER|SUPPLY|WATCHDOG|MACHINE|FOLLOWING|JOINT_STALLED|WORKSPACE|COLLISION|(SERIAL|ROSBRIDGE|SIMULATOR)_LOST|BRIDGE_STOPPED|SERVO_(NO_REPLY|STATUS|CHECKSUM)$)/;

describe('docs/safety.md', () => {
  it('has a paragraph for every fault code and none for an unknown code', () => {
    const faults = Object.keys(ERROR_CODES).filter((code) => SAFETY_CODE.test(code));
    assert.deepEqual(
      faults.filter((code) => !headings.includes(code)),
      [],
      'without a paragraph',
    );
    assert.deepEqual(
      headings.filter((code) => !(code in ERROR_CODES)),
      [],
      'unknown',
    );
  });

  it('says in each paragraph more than the table of errors.md', () => {
    for (const code of headings) {
      const [, paragraph = ''] = page.split(`### ${code}\n`);
      const text = paragraph.split('\n## ')[0]!.split('\n### ')[0]!.trim();
      assert.ok(text.length > 60, code);
    }
  });
});
