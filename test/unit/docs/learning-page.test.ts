import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { CURVE_HEADER } from '../../../src/runs/curve.ts';
import { listRobots, listTasks } from '../../../src/config/index.ts';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/learning.md', root), 'utf8');

interface Dense {
  readonly width: number;
  readonly layerNorm?: boolean;
}

/** What the page shows of a setting; lists of layers are dense ones of one width. */
function shown(value: unknown): string {
  if (!Array.isArray(value)) return value === null ? '–' : JSON.stringify(value).replaceAll('"', '');
  const layers = value as readonly Dense[];
  const [{ width, layerNorm = false }] = layers as readonly [Dense];
  return `${layers.length} x ${width}${layerNorm ? ', LayerNorm' : ''}`;
}

/** The cells of the table that begins with `| first`. */
function table(first: string): readonly (readonly string[])[] {
  const text = page.slice(page.indexOf(`\n| ${first} |`) + 1);
  return text
    .slice(0, text.indexOf('\n\n'))
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('docs/learning.md', () => {
  const [head, , ...rows] = table('key');
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

  it('gives a reason for everything that a task file changes', async () => {
    const reasons = table('task');
    for (const robot of await listRobots()) {
      for (const task of await listTasks(robot)) {
        const file = new URL(`config/robots/${robot}/tasks/${task}.json5`, root);
        const { learner = {} } = JSON5.parse<{ learner?: object }>(readFileSync(file, 'utf8'));
        const listed = reasons.filter(([tasks]) => tasks!.split(', ').includes(task)).map(([, keys]) => keys);
        for (const key of Object.keys(learner)) assert.ok(listed.join().includes(`\`${key}\``), `${task}: ${key}`);
      }
    }
  });

  it('explains every column of curve.csv', () => {
    const columns = CURVE_HEADER.trim().split(',');
    const table = page.slice(page.indexOf('`curve.csv` has one row'));
    for (const column of columns) assert.match(table, new RegExp(`\\| .*\`${column}\`.* \\|`), column);
  });
});
