import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { checkReading } from '../../../src/robot/reading.ts';
import { listen, until, type FaultyFixture } from './fixture.ts';

/** A reading that is not one is an error, but the robot is still there. */
export function survivesBadReadings(stand: () => FaultyFixture): void {
  it('says a reading that is not finite as an error, and goes on for who subscribes again', async () => {
    const { driver, resetter, start, badReadingsLeft } = stand();
    await resetter.reset(start);
    const bad = listen(driver);
    stand().breakReading();
    stand().bring();
    const error = await bad.ended;
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, 'E_READING_NON_FINITE');
    bad.readings.forEach((reading) => checkReading(reading, driver.spec));
    stand().heal();
    for (let left = badReadingsLeft; ; left--) {
      const again = listen(driver);
      stand().bring();
      await until(() => again.readings.length > 0 || again.end !== undefined, 'a reading, good or bad');
      if (again.readings.length > 0) {
        checkReading(again.readings[0]!, driver.spec);
        return;
      }
      assert.ok(again.end instanceof SoftqdError && again.end.code === 'E_READING_NON_FINITE', String(again.end));
      assert.ok(left > 0, 'it is healed');
    }
  });
}
