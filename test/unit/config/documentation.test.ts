import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { listPresets, builtInPaths } from '../../../src/config/index.ts';
import { CONFIG_KEYS, environmentName, SCHEMA } from '../../../src/config/schema.ts';
import { inRange } from '../../../src/base/ranges.ts';
import { configurationPage, DEFAULTS, defaultsFile, PAGE } from '../../../scripts/config-docs.ts';

const again = 'run: node --import tsx scripts/config-docs.ts';

describe('the documentation of settings', () => {
  it('docs/configuration.md matches the schema', () => {
    assert.equal(readFileSync(PAGE, 'utf8'), configurationPage(), again);
  });

  it('config/default.json5 matches the defaults of the schema', async () => {
    assert.equal(readFileSync(DEFAULTS, 'utf8'), await defaultsFile(), again);
  });

  it('every setting has a sentence, a default within its range and a unique environment variable', () => {
    for (const key of CONFIG_KEYS) {
      assert.match(SCHEMA[key].doc, /^\S.*\.$/, key);
      assert.ok(inRange(SCHEMA[key].range, SCHEMA[key].default), key);
      assert.match(environmentName(key), /^SOFTQD_[A-Z0-9_]+$/, key);
    }
    assert.equal(new Set(CONFIG_KEYS.map((key) => environmentName(key))).size, CONFIG_KEYS.length);
  });

  it('every preset sets the same keys as preset default', async () => {
    const keysOf = (name: string): string[] => {
      const preset = JSON5.parse<{ learner: object }>(readFileSync(`${builtInPaths.presets}/${name}.json5`, 'utf8'));
      return Object.keys(preset.learner).sort();
    };
    for (const name of await listPresets()) assert.deepEqual(keysOf(name), keysOf('default'), name);
  });
});
