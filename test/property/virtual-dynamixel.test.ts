import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeDynamixelPacket, encodeDynamixelInstruction } from '../../src/wire/dynamixel/index.ts';
import { randomBytes } from '../support/vectors.ts';
import { servoSpec, VirtualDynamixelRig, XL330 } from '../support/virtual-dynamixel.ts';

const rig = (): VirtualDynamixelRig =>
  new VirtualDynamixelRig([servoSpec(1), servoSpec(2, { modelNumber: XL330 }), servoSpec(3, { modelNumber: 1190 })]);

describe('virtual Dynamixel servos with any input', () => {
  it('never throw for any instruction with any parameters, and stay within the stall torque', () => {
    const packet = fc.record({
      id: fc.oneof(fc.constantFrom(1, 2, 3, 0xfe), fc.nat(0xfc)),
      instruction: fc.oneof(
        fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 0x10, 0x20, 0x82, 0x83, 0x8a, 0x92, 0x93, 0x9a),
        fc.nat(255),
      ),
      parameters: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .tuple(fc.nat(150), fc.uint8Array({ maxLength: 8 }))
          .map(([address, data]) => Uint8Array.of(address, 0, ...data)),
      ),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
        const { bus, ...one } = rig();
        let { nowNs, shafts } = one;
        for (const { id, instruction, parameters } of packets) {
          nowNs += 20e6;
          const replies = bus.receive(
            encodeDynamixelPacket(id, instruction, parameters),
            nowNs,
            bus.baudRate ?? 57_600,
          );
          assert.ok(replies.length <= 40);
          for (const drive of bus.step(shafts, nowNs))
            if (drive.kind === 'torque') assert.ok(drive.fraction >= -1 && drive.fraction <= 1);
          shafts = shafts.map(({ turns }) => ({ turns: turns + 0.1, turnsPerS: 5 }));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never throw for random bytes, and reply afterwards', () => {
    const one = rig();
    const bytes = randomBytes(7, 400_000);
    for (let at = 0; at < bytes.length; at += 200) {
      one.nowNs += 1e6;
      one.bus.receive(bytes.subarray(at, at + 200), one.nowNs, one.baudRate);
    }
    one.nowNs += 10e6;
    assert.equal(
      one.bus.receive(encodeDynamixelInstruction({ kind: 'ping', id: 1 }), one.nowNs, one.baudRate).length,
      1,
    );
  });

  it('accept any shaft position', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (turns, turnsPerS) => {
        const one = rig();
        one.write(1, 'torqueEnable', 1);
        const shaft = { turns, turnsPerS };
        for (const drive of one.bus.step([shaft, shaft, shaft], (one.nowNs += 1e6)))
          if (drive.kind === 'torque') assert.ok(Number.isFinite(drive.fraction));
        one.write(1, 'torqueEnable', 0);
        one.write(1, 'torqueEnable', 1);
        assert.ok(Number.isFinite(one.read(1, 'presentPosition')));
      }),
    );
  });
});
