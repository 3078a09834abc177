import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { XoshiroRandom } from '../../src/base/random.ts';
import { drawNoise, noiseFor } from '../../src/engine/index.ts';
import { engineOn, PRESETS, presetOptions, randomBatch, SETTINGS } from '../support/learning.ts';
import { update } from '../support/update.ts';

describe('docs/learning.md', () => {
  const page = readFileSync(new URL('../../docs/learning.md', import.meta.url), 'utf8');

  it('has a formula for every metric of an update', async () => {
    const options = presetOptions('default', { observationSize: 2, actionSize: 1 }, { widths: [4, 4], batchSize: 2 });
    const noise = noiseFor(options);
    drawNoise(new XoshiroRandom(1), options, noise);
    const engine = await engineOn('wasm', options);
    for (const name of Object.keys(update(engine, randomBatch(options), noise, SETTINGS))) {
      assert.ok(page.includes(`\`${name}\``), name);
    }
  });

  it('names every preset', () => {
    for (const preset of PRESETS)
      assert.ok(page.includes(`\`${preset}\``) || page.includes(`presets/${preset}.json5`), preset);
  });
});
