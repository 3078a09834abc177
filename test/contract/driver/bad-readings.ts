import assert from 'node:assert/strict';
import { checkReading } from '../../../src/robot/reading.ts';
import { hasFailed, listen, until, type FaultyFixture } from './fixture.ts';

/** An invalid reading is a fault; the connection stays open. */
export function reportsBadReadingsAsFaults(fixture: () => FaultyFixture): void {
  it('reports a reading that is not finite as a fault and continues with the next one', async () => {
    const { driver, resetter, start, badReadingsLeft } = fixture();
    await resetter.reset(start);
    const received = listen(driver);
    fixture().breakReading();
    fixture().causeReading();
    await until(() => hasFailed(received), 'a fault');
    fixture().repair();
    const before = received.readings.length;
    for (let left = badReadingsLeft; received.readings.length === before; left--) {
      const { length } = received.faults;
      fixture().causeReading();
      const isNext = (): boolean => received.readings.length > before || received.faults.length > length;
      await until(() => isNext() || received.end !== undefined, 'a reading or a fault');
      assert.ok(left >= 0, 'faults continue after the sensor was repaired');
    }
    received.faults.forEach(({ code }) => assert.equal(code, 'E_READING_NON_FINITE'));
    received.readings.forEach((reading) => checkReading(reading, driver.spec));
    assert.equal(received.end, undefined);
  });
}

/** An invalid reading is passed over without a fault; the next valid one is emitted. */
export function passesOverBadReadings(fixture: () => FaultyFixture): void {
  it('passes over readings that are not finite, without a fault, and continues with the next valid one', async () => {
    const { driver, resetter, start } = fixture();
    await resetter.reset(start);
    const received = listen(driver);
    fixture().breakReading();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = received.readings.length;
    fixture().repair();
    await until(() => received.readings.length > before, 'a valid reading');
    received.readings.forEach((reading) => checkReading(reading, driver.spec));
    assert.deepEqual([received.faults, received.end], [[], undefined]);
  });
}
