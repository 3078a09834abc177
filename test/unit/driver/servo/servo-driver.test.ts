import assert from 'node:assert/strict';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { PROTOCOLS, servoFixture, STEP, until } from './servo-fixture.ts';

for (const protocol of PROTOCOLS) {
  describe(`ServoDriver, ${protocol}`, () => {
    const fixture = servoFixture(protocol);

    it('emits readings in joint units, relative to the middle of the calibrated range', async () => {
      fixture.peer.set(1, 'presentPosition', 2148);
      fixture.peer.set(3, 'presentPosition', 2148);
      fixture.peer.set(1, 'presentVelocity', 100);
      await fixture.connect();
      const reading = await fixture.reading();
      assert.ok(Math.abs(reading.positions[0]! - 100 * STEP) < 1e-12);
      assert.ok(Math.abs(reading.positions[1]!) < 1e-12);
      assert.ok(Math.abs(reading.positions[2]! + 100 * STEP) < 1e-12);
      const radPerS = protocol === 'feetech' ? 100 * STEP : (100 * 0.229 * 2 * Math.PI) / 60;
      assert.ok(Math.abs(reading.velocities[0]! - radPerS) < 1e-9);
      assert.ok(reading.efforts.every((effort) => effort === 0));
    });

    it('sends a command as one sync write in steps, clipped to the servo, and returns it', async () => {
      await fixture.connect();
      await fixture.driver.arm();
      const before = fixture.peer.writes.length;
      const applied = fixture.driver.apply(unguardedForTest(7, [0.1, -9, 0.1]));
      const steps = [Math.round(0.1 / STEP), -652, -Math.round(0.1 / STEP)];
      assert.equal(applied.sequence, 7);
      assert.deepEqual(
        [...applied.targets].map((target, i) => Math.round(target / STEP) * (i === 2 ? -1 : 1)),
        steps,
      );
      await until(() => fixture.peer.writes.length >= before + 3);
      assert.deepEqual(
        fixture.peer.written().slice(before),
        steps.map((step, i) => `${i + 1} goalPosition=${2048 + step}*`),
      );
    });

    it('writes no goal while disarmed', async () => {
      await fixture.connect();
      fixture.driver.apply(unguardedForTest(0, [0.5, 0.5, 0.5]));
      await fixture.reading();
      assert.deepEqual(fixture.peer.written(), []);
    });

    it('makes one sync read and one sync write per tick', async () => {
      await fixture.connect();
      await fixture.driver.arm();
      await fixture.reading();
      for (let i = 0; i < 5; i++) {
        fixture.driver.apply(unguardedForTest(i, [0, 0, 0]));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const from = fixture.peer.requests.length;
      const readings = fixture.readings.length;
      const before = { ...fixture.driver.counters };
      const lost = fixture.lost();
      for (let i = 0; i < 20; i++) {
        fixture.driver.apply(unguardedForTest(i, [0, 0, 0]));
        await fixture.reading();
      }
      const count = (...wanted: readonly string[]): number =>
        fixture.peer.requests.slice(from).filter(({ kind }) => wanted.includes(kind)).length;
      const sent = (): number => fixture.driver.counters.syncWrites - before.syncWrites;
      const dropped = (): number => fixture.driver.counters.syncWritesDropped - before.syncWritesDropped;
      await until(() => sent() + dropped() === 20 && count('syncWrite') === sent());
      // A paused machine may have lost a reply, which is then requested again.
      if (fixture.lost() > lost) return;
      const reads = count('syncRead', 'fastSyncRead');
      assert.ok(Math.abs(reads - (fixture.readings.length - readings)) <= 1, `${reads} reads`);
    });

    it('keeps the value of a servo after one lost reply, and counts it', async () => {
      await fixture.connect();
      await fixture.reading();
      let drop = 1;
      fixture.peer.set(1, 'presentPosition', 2060);
      fixture.peer.alter = (reply, id) => ((id === 2 || id === 0xfe) && drop-- > 0 ? null : reply);
      await fixture.reading();
      const reading = await fixture.reading();
      assert.ok(Math.abs(reading.positions[0]! - 12 * STEP) < 1e-9);
      assert.equal(fixture.errors.length, 0);
      assert.ok(fixture.driver.counters.servos.get(2)!.lost >= 1);
    });

    it('rejects and counts an implausible jump; the joint keeps its value', async () => {
      await fixture.connect();
      await fixture.reading();
      await fixture.driver.arm();
      fixture.driver.apply(unguardedForTest(0, [0, 0, 0]));
      const { implausible } = fixture.driver.counters.servos.get(1)!;
      let jumps = 1;
      fixture.peer.onRequest = ({ kind }) => {
        if (kind === 'syncRead' || kind === 'fastSyncRead')
          fixture.peer.set(1, 'presentPosition', jumps-- > 0 ? 6100 : 2048);
      };
      const seen = fixture.readings.length;
      await until(() => jumps < -1);
      assert.ok(fixture.driver.counters.servos.get(1)!.implausible > implausible);
      for (const reading of fixture.readings.slice(seen)) assert.ok(Math.abs(reading.positions[0]!) < 0.05);
    });

    it('follows a joint that is moved by hand while disarmed', async () => {
      await fixture.connect();
      await fixture.reading();
      fixture.peer.set(1, 'presentPosition', 2600);
      await until(() => (fixture.readings.at(-1)?.positions[0] ?? 0) > 0.5);
      assert.equal(fixture.errors.length, 0);
    });
  });
}
