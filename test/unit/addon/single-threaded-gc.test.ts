import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const ADDON_MODULE = new URL('../../../src/addon/index.ts', import.meta.url).href;

describe('useSingleThreadedGc', () => {
  it('takes effect in a running program, and every kind of garbage collection still works', () => {
    const program = `
      import { PerformanceObserver } from 'node:perf_hooks';
      import { useSingleThreadedGc } from '${ADDON_MODULE}';
      const kinds = {};
      new PerformanceObserver((list) => {
        for (const { detail } of list.getEntries()) kinds[detail.kind] = (kinds[detail.kind] ?? 0) + 1;
      }).observe({ entryTypes: ['gc'] });
      let kept = [];
      const fill = (rounds) => {
        for (let i = 0; i < rounds; i++) {
          kept.push({ i, list: [i] });
          if (kept.length > 300_000) kept = kept.slice(150_000);
        }
      };
      fill(400_000);
      useSingleThreadedGc();
      for (let round = 0; round < 60; round++) {
        fill(20_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      console.log(JSON.stringify(kinds));`;
    const text = execFileSync(process.execPath, ['--import', LOADER, '--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    const kinds = JSON.parse(text) as Record<string, number>;
    // 1: a scavenge; 4: all of the heap.
    assert.ok((kinds[1] ?? 0) > 3 && (kinds[4] ?? 0) > 0, text);
  });
});
