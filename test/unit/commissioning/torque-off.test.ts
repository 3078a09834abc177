import assert from 'node:assert/strict';
import { jointsWithTorque, turnTorqueOff } from '../../../src/commissioning/index.ts';
import { parseServoUrl } from '../../../src/commissioning/servo-address.ts';
import { requireAddon } from '../../support/addon.ts';
import { startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';

const ui = { info: () => undefined };

for (const name of ['so101', 'koch'] as const) {
  describe(`torque off, ${name}`, () => {
    let arm: VirtualArm | null = null;
    before(function () {
      requireAddon(this);
    });
    afterEach(() => arm?.close());

    function start(faults?: string): { arm: VirtualArm; address: ReturnType<typeof parseServoUrl> } {
      arm = startVirtualArm(name, faults === undefined ? {} : { faults });
      return { arm, address: parseServoUrl(`${arm.robot.servoBus!.protocol}:${arm.path}`) };
    }

    async function turnOn(joints: readonly number[]): Promise<void> {
      const bus = await arm!.open();
      try {
        for (const i of joints) await bus.write(arm!.robot.servoBus!.servos[i]!.id, 'torqueEnable', 1);
      } finally {
        await bus.close();
      }
    }

    it('names the joints that have torque, and turns all of them off', async () => {
      const { arm: started, address } = start();
      await turnOn([1, 2]);
      const before = await jointsWithTorque(started.robot, address, ui);
      assert.deepEqual(
        before.map(({ joint }) => joint),
        ['shoulder_lift', 'elbow_flex'],
      );
      assert.ok(before.every(({ load }) => load !== null));
      const { joints } = await turnTorqueOff(started.robot, address, ui);
      assert.ok(joints.every(({ confirmed, mode }) => confirmed && mode === 'torque-off'));
      assert.deepEqual(await jointsWithTorque(started.robot, address, ui), []);
      assert.ok(started.mechanics.torqueOff.every((off) => off));
    });

    it('counts a servo that does not reply as one that may have torque, and does not confirm it', async () => {
      const { arm: started, address } = start('dead=2');
      await turnOn([0]);
      const silent = await jointsWithTorque(started.robot, address, ui);
      assert.deepEqual(
        silent.map(({ joint, load }) => [joint, load === null]),
        [
          ['shoulder_pan', false],
          ['shoulder_lift', true],
        ],
      );
      const { joints } = await turnTorqueOff(started.robot, address, ui);
      assert.deepEqual(
        joints.filter(({ confirmed }) => !confirmed).map(({ joint }) => joint),
        ['shoulder_lift'],
      );
    });
  });
}
