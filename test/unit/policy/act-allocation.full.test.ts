import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadAddon } from '../../../src/addon/index.ts';
import { skipUnless } from '../../support/skips.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = fileURLToPath(new URL('../../support/act-allocation.ts', import.meta.url));

interface Line {
  readonly mode: string;
  /** null: every block ended in a collection. */
  readonly heapBytesPerAct: number | null;
  readonly externalBytes: number | null;
}

describe('act', function () {
  this.timeout(120_000);
  for (const kind of ['native', 'portable'] as const) {
    it(`does not allocate in 100,000 acts of the ${kind} policy, in any mode`, async function () {
      skipUnless(this, kind === 'portable' || loadAddon().addon !== null, 'the native addon (built by npm ci)');
      // A young generation large enough that a boxed number an act would show as growth instead of being collected.
      const flags = ['--expose-gc', '--max-semi-space-size=64', '--import', 'tsx'];
      const { stdout } = await run(process.execPath, [...flags, program, kind], { cwd: root });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      assert.deepEqual(
        lines.map(({ mode }) => mode),
        ['sample', 'zero', 'best'],
      );
      for (const { mode, heapBytesPerAct, externalBytes } of lines) {
        // A boxed number takes 12 bytes or more.
        assert.ok(heapBytesPerAct !== null && heapBytesPerAct < 4, `${mode}: ${String(heapBytesPerAct)} bytes an act`);
        assert.ok(externalBytes !== null && externalBytes <= 4096, `${mode}: ${String(externalBytes)} bytes outside`);
      }
    });
  }
});
