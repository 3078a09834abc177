import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { clearServoFault } from '../../../src/commissioning/index.ts';
import { DRIVING_RETRIES, writeAndVerify, type SerialServoBus } from '../../../src/servo/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';

for (const name of ['so101', 'koch']) {
  describe(`clear-fault of a servo with torque, ${name}`, () => {
    let arm: VirtualArm;
    let bus: SerialServoBus;
    const clock = new MonotonicClock();
    before(function () {
      requireAddon(this);
    });
    afterEach(async () => {
      await bus.close();
      arm.close();
    });

    /** Servo 2 has torque. */
    async function start(faults?: string): Promise<void> {
      arm = startVirtualArm(name, faults === undefined ? {} : { faults });
      bus = await arm.open();
      await writeAndVerify(bus, 2, { name: 'torqueEnable', value: 1 }, DRIVING_RETRIES);
    }

    it('does not touch a healthy servo that holds', async () => {
      await start();
      const { actions, recovered, after } = await clearServoFault(bus, 2, clock, () =>
        Promise.reject(new Error('asked')),
      );
      assert.deepEqual([actions, recovered, after.torqueOn], [[], true, true]);
      assert.equal(await bus.read(2, 'torqueEnable'), 1);
    });

    // A Dynamixel that reports a fault has turned its torque off.
    if (name !== 'so101') return;
    it('asks before it turns torque off; refused, the servo stays as it was', async () => {
      await start('temperature=2:80@1s');
      let asked = 0;
      const refuse = (): Promise<void> => {
        asked += 1;
        return Promise.reject(new Error('refused'));
      };
      const untilMs = performance.now() + 10_000;
      const clear = (): Promise<string> =>
        clearServoFault(bus, 2, clock, refuse).then(
          () => 'cleared',
          (error: unknown) => (error as Error).message,
        );
      while ((await clear()) !== 'refused' && performance.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(asked, 1);
      assert.equal(await bus.read(2, 'torqueEnable', { ignoreFaults: true }), 1);
      assert.equal(arm.mechanics.torqueOff[1], false);
    });
  });
}
