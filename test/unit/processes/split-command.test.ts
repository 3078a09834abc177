import assert from 'node:assert/strict';
import { splitCommand } from '../../../src/processes/split-command.ts';

describe('the words of a simulator command', () => {
  for (const [command, words] of [
    ['python3 my_sim.py', ['python3', 'my_sim.py']],
    ['  a\tb  ', ['a', 'b']],
    [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']],
    [`a '' ""`, ['a', '', '']],
    [String.raw`a b\ c "\"\\ \n" 'x\y'`, ['a', 'b c', String.raw`"\ \n`, String.raw`x\y`]],
    ['a $HOME *.py | b; c && d > e', ['a', '$HOME', '*.py', '|', 'b;', 'c', '&&', 'd', '>', 'e']],
  ] as const) {
    it(command, () => assert.deepEqual(splitCommand(command), words));
  }

  for (const [command, problem] of [
    ['', /is empty/],
    ['   ', /is empty/],
    [`'' a`, /is empty/],
    [`a 'b`, /no closing '/],
    ['a "b', /no closing "/],
    ['a b\\', /ends with a backslash/],
  ] as const) {
    it(`rejects ${JSON.stringify(command)}`, () => {
      assert.throws(() => splitCommand(command), { code: 'E_USAGE', message: problem });
    });
  }
});
