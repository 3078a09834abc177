import assert from 'node:assert/strict';
import { COMMISSIONING_RETRIES, readRegister, type SerialServoBus } from '../../../src/servo/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';

/** Runs `work` with the bus of a virtual arm that has these faults. */
async function withFaults(
  name: string,
  faults: string,
  work: (bus: SerialServoBus, arm: VirtualArm) => Promise<void>,
): Promise<void> {
  const arm = startVirtualArm(name, { faults });
  const bus = await arm.open();
  try {
    await work(bus, arm);
  } finally {
    await bus.close();
    arm.close();
  }
}

for (const { name, load, full } of [
  { name: 'so101', load: 'presentLoad', full: 1000 },
  { name: 'koch', load: 'presentCurrent', full: 1000 },
] as const) {
  describe(`faults of one motor, ${name}`, () => {
    before(function () {
      requireAddon(this);
    });

    it('sets temperature and load of the named servo only, for their duration', async () => {
      await withFaults(name, 'temperature=2:66C@0s+300ms,load=2:0.9@0s+300ms', async (bus) => {
        const read = (id: number, register: string): Promise<number> =>
          readRegister(bus, id, register, COMMISSIONING_RETRIES);
        assert.equal(await read(2, 'presentTemperature'), 66);
        assert.equal(await read(2, load), 0.9 * full);
        assert.ok((await read(1, 'presentTemperature')) < 40);
        assert.equal(await read(1, load), 0);
        await new Promise((resolve) => setTimeout(resolve, 400));
        assert.equal(await read(2, load), 0);
      });
    });

    it('is silent without supply, and restarts without torque when it returns', async () => {
      await withFaults(name, 'supply=0V@300ms+300ms', async (bus) => {
        await bus.write(1, 'torqueEnable', 1);
        await new Promise((resolve) => setTimeout(resolve, 400));
        assert.equal(await bus.ping(1), null);
        await new Promise((resolve) => setTimeout(resolve, 1300));
        assert.notEqual(await bus.ping(1), null);
        assert.equal(await readRegister(bus, 1, 'torqueEnable', COMMISSIONING_RETRIES), 0);
      });
    });
  });
}
