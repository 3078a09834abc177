import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { startChildProcess, stopChildProcess } from '../../../src/processes/child-process.ts';

describe('child process', () => {
  it('has the nice value asked for, and so has its session, among which Linux shares the processors', async () => {
    const child = startChildProcess(new URL('../../../src/processes/learner-main', import.meta.url), { niceness: 7 });
    try {
      assert.equal(getPriority(child.pid), Math.max(getPriority(), 7));
      const autogroup = `/proc/${child.pid}/autogroup`;
      if (existsSync(autogroup)) assert.match(readFileSync(autogroup, 'utf8'), /nice 7$/m);
    } finally {
      await stopChildProcess(child, 2000);
    }
  });
});
