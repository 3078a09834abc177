import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import JSON5 from 'json5';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/learning.md', root), 'utf8');

/** What the page shows of a setting. */
function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(' x ') : value === null ? '–' : JSON.stringify(value).replaceAll('"', '');
}

describe('docs/learning.md', () => {
  const section = /\n## Presets\n(.*?)\n## /s.exec(page)![1]!;
  const [head, , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const names = head!.slice(1);
  const presets = names.map(
    (name) =>
      JSON5.parse<{ learner: Record<string, unknown> }>(
        readFileSync(new URL(`config/presets/${name}.json5`, root), 'utf8'),
      ).learner,
  );

  it('shows every preset as in its file', () => {
    assert.deepEqual(names, ['paper', 'released', 'default', 'fast', 'map', 'ddpg']);
    for (const [key = '', ...cells] of rows) {
      const name = key.replaceAll('`', '');
      assert.deepEqual(
        cells,
        presets.map((preset) => shown(preset[name])),
        name,
      );
    }
  });

  it('contains every setting in which presets differ', () => {
    const listed = new Set(rows.map(([key]) => key!.replaceAll('`', '')));
    for (const key of Object.keys(presets[0]!)) {
      const values = new Set(presets.map((preset) => shown(preset[key])));
      assert.equal(listed.has(key), values.size > 1, key);
    }
  });

  it('explains every column of curve.csv', () => {
    const source = readFileSync(new URL('src/runs/run-directory.ts', root), 'utf8');
    const columns = /CURVE_HEADER = '(.*?)\\n'/.exec(source)![1]!.split(',');
    const table = page.slice(page.indexOf('`curve.csv` has one row'));
    for (const column of columns) assert.match(table, new RegExp(`\\| .*\`${column}\`.* \\|`), column);
  });
});
