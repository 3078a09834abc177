import assert from 'node:assert/strict';
import { parseResetStates } from '../../../src/commands/reset-states.ts';

const first = { qpos: [0.1], qvel: [0] };
const second = { qpos: [-0.2], qvel: [1] };

describe('parseResetStates', () => {
  it('reads JSON lines, a JSON array, one state, and the output of evaluate', () => {
    const texts = [
      `${JSON.stringify(first)}\n\n${JSON.stringify(second)}\n`,
      JSON.stringify([first, second]),
      JSON.stringify({ mean: 1, starts: [first, second] }, null, 2),
    ];
    for (const text of texts) {
      const states = parseResetStates('states', text);
      assert.deepEqual(
        states.map(({ qpos, qvel }) => ({ qpos: [...qpos], qvel: [...qvel] })),
        [first, second],
      );
    }
    assert.equal(parseResetStates('states', JSON.stringify(first)).length, 1);
  });

  it('rejects invalid text with the file and the number of the entry', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /^states: contains no initial states$/],
      ['[]', /contains no initial states/],
      ['{"qpos":[1]', /invalid JSON/],
      [`${JSON.stringify(first)}\nnonsense\n`, /invalid JSON/],
      [`${JSON.stringify(first)}\n{"qpos":[1],"qvel":["x"]}\n`, /initial state 2 is not/],
      ['[{"qpos":[1e999],"qvel":[0]}]', /initial state 1 is not/],
      ['null', /initial state 1 is not/],
    ];
    for (const [text, message] of cases)
      assert.throws(() => parseResetStates('states', text), { code: 'E_USAGE', message }, text);
  });
});
