import assert from 'node:assert/strict';
import { parseHealth } from '../../../src/robot/parse-health.ts';

const PLACE = { source: 'robot.json5', path: 'robot.health' };
const HEALTH = {
  temperature: { warnC: 50, derateC: 55, stopC: 65 },
  supply: { warnMinV: 6.5, stopMinV: 5.5, stopMaxV: 8.6, forS: 0.5 },
  load: { warn: 0.7, stop: 0.9, stopS: 1.5 },
};

describe('the health section of a robot file', () => {
  it('may have each of its parts or none', () => {
    assert.deepEqual(parseHealth(HEALTH, PLACE), HEALTH);
    assert.deepEqual(parseHealth({}, PLACE), {});
    assert.deepEqual(parseHealth({ overloadRecovery: true }, PLACE), { overloadRecovery: true });
    assert.deepEqual(parseHealth({ load: HEALTH.load }, PLACE), { load: HEALTH.load });
  });

  for (const [what, health, message] of [
    ['an unknown part', { temperatur: HEALTH.temperature }, /temperatur is not a key; did you mean temperature/],
    ['a part without one of its keys', { load: { warn: 0.7, stop: 0.9 } }, /load\.stopS is missing/],
    ['temperatures that do not ascend', { temperature: { ...HEALTH.temperature, derateC: 66 } }, /derateC is 66: .*65/],
    [
      'a stop above the warning',
      { supply: { ...HEALTH.supply, stopMinV: 7 } },
      /stopMinV is 7: must not exceed warnMinV/,
    ],
    ['a recovery that is not true or false', { overloadRecovery: 3 }, /overloadRecovery must be true or false/],
    ['a value that is not a number', { load: { ...HEALTH.load, warn: '1' } }, /warn is not a number/],
  ] as const) {
    it(`rejects ${what}`, () => {
      assert.throws(
        () => parseHealth(health, PLACE),
        (error: unknown) => {
          assert.equal((error as { code: string }).code, 'E_ROBOT_FILE');
          assert.match((error as Error).message, message);
          return true;
        },
      );
    });
  }
});
