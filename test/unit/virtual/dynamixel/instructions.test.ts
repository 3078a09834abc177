import assert from 'node:assert/strict';
import {
  DynamixelPacketDecoder,
  encodeDynamixelInstruction,
  encodeDynamixelPacket,
  parseDynamixelFastReply,
} from '../../../../src/wire/dynamixel/index.ts';
import { bytesOf, hexOf } from '../../../support/vectors.ts';
import { servoSpec, VirtualDynamixelRig, XL330 } from '../../../support/virtual-dynamixel.ts';

const at = (steps: number): { shaft: { turns: number; turnsPerS: number } } => ({
  shaft: { turns: steps / 4096, turnsPerS: 0 },
});
const rig = (...ids: number[]): VirtualDynamixelRig => new VirtualDynamixelRig(ids.map((id) => servoSpec(id)));
const POSITION = { address: 132, length: 4 } as const;

describe('replies of a virtual Dynamixel servo to each instruction', () => {
  it('replies to a ping with model and firmware', () => {
    const [answer] = rig(1).ask({ kind: 'ping', id: 1 });
    assert.deepEqual([answer!.id, answer!.error, hexOf(answer!.data)], [1, 0, '24 04 30']);
    assert.deepEqual(rig(1).ask({ kind: 'ping', id: 2 }), []);
  });

  it('replies to a broadcast ping in the order of IDs, each later than the previous one', () => {
    const replies = rig(7, 3, 4).replies(encodeDynamixelInstruction({ kind: 'ping', id: 0xfe }));
    assert.deepEqual(
      replies.map(({ id }) => id),
      [3, 4, 7],
    );
    assert.ok(replies.every(({ delayNs }) => delayNs >= 500_000));
  });

  it('reads the bytes of the manual', () => {
    const bus = new VirtualDynamixelRig([servoSpec(1, at(166)), servoSpec(2, at(2079))]);
    const read = bus.replies(bytesOf('FF FF FD 00 01 07 00 02 84 00 04 00 1D 15'));
    assert.equal(hexOf(read[0]!.bytes), 'FF FF FD 00 01 08 00 55 00 A6 00 00 00 8C C0');
    const sync = bus.replies(bytesOf('FF FF FD 00 FE 09 00 82 84 00 04 00 01 02 CE FA'));
    assert.deepEqual(
      sync.map(({ bytes }) => hexOf(bytes)),
      ['FF FF FD 00 01 08 00 55 00 A6 00 00 00 8C C0', 'FF FF FD 00 02 08 00 55 00 1F 08 00 00 BA BE'],
    );
  });

  it('replies to a fast sync read with the single packet of the manual', () => {
    const bus = new VirtualDynamixelRig([servoSpec(3, at(166)), servoSpec(4, at(1023)), servoSpec(7, at(2079))]);
    const replies = bus.replies(bytesOf('FF FF FD 00 FE 0A 00 8A 84 00 04 00 03 07 04 20 F2'));
    assert.deepEqual(
      replies.map(({ id, bytes }) => [id, hexOf(bytes)]),
      [[0xfe, 'FF FF FD 00 FE 19 00 55 00 03 A6 00 00 00 84 08 00 07 1F 08 00 00 16 CA 00 04 FF 03 00 00 D1 9E']],
    );
  });

  it('replies to a fast bulk read with blocks of different lengths', () => {
    const items = [
      { id: 3, address: 132, length: 4 },
      { id: 7, address: 124, length: 2 },
      { id: 4, address: 146, length: 1 },
    ];
    const [reply] = rig(3, 4, 7).replies(encodeDynamixelInstruction({ kind: 'fastBulkRead', items }));
    const decoder = new DynamixelPacketDecoder();
    decoder.append(reply!.bytes);
    const blocks = parseDynamixelFastReply(
      decoder.next()!,
      items.map(({ id, length }) => ({ id, dataLength: length })),
    );
    assert.deepEqual(
      blocks?.map(({ id, error, data }) => [id, error, hexOf(data)]),
      [
        [3, 0, '00 08 00 00'],
        [7, 0, '00 00'],
        [4, 0, '1E'],
      ],
    );
  });

  it('ends a fast read at a dead servo, and omits only that one from a sync read', () => {
    const bus = rig(3, 7, 4);
    const fast = encodeDynamixelInstruction({ kind: 'fastSyncRead', ...POSITION, ids: [3, 7, 4] });
    const whole = bus.replies(fast)[0]!.bytes;
    bus.bus.setUnresponsive(1, true);
    assert.equal(hexOf(bus.replies(fast)[0]!.bytes), hexOf(whole.subarray(0, 8 + 8)));
    assert.deepEqual(
      bus.ask({ kind: 'syncRead', ...POSITION, ids: [3, 7, 4] }).map(({ id }) => id),
      [3, 4],
    );
    bus.bus.setUnresponsive(0, true);
    assert.deepEqual(bus.replies(fast), []);
  });

  it('reads different registers of different servos in bulk', () => {
    const answers = new VirtualDynamixelRig([servoSpec(1), servoSpec(2, { modelNumber: XL330 })]).ask({
      kind: 'bulkRead',
      items: [
        { id: 1, address: 144, length: 2 },
        { id: 2, address: 146, length: 1 },
      ],
    });
    assert.deepEqual(
      answers.map(({ id, data }) => [id, hexOf(data)]),
      [
        [1, '78 00'],
        [2, '1E'],
      ],
    );
  });

  it('writes to several servos at once, without replies', () => {
    const bus = rig(1, 2);
    const led = (value: number): Uint8Array => Uint8Array.of(value);
    const sync = bus.ask({
      kind: 'syncWrite',
      address: 65,
      length: 1,
      items: [
        { id: 1, data: led(1) },
        { id: 2, data: led(1) },
      ],
    });
    assert.deepEqual([sync, bus.read(1, 'led'), bus.read(2, 'led')], [[], 1, 1]);
    const bulk = bus.ask({
      kind: 'bulkWrite',
      items: [
        { id: 1, address: 65, data: led(0) },
        { id: 2, address: 112, data: bytesOf('0A 00 00 00') },
      ],
    });
    assert.deepEqual([bulk, bus.read(1, 'led'), bus.read(2, 'profileVelocity')], [[], 0, 10]);
    assert.deepEqual(bus.ask({ kind: 'write', id: 0xfe, address: 65, data: led(0) }), []);
    assert.equal(bus.read(2, 'led'), 0);
  });

  it('keeps a reg write until the action, and rejects an action without one', () => {
    const bus = rig(1, 2);
    for (const id of [1, 2])
      assert.equal(bus.ask({ kind: 'regWrite', id, address: 65, data: Uint8Array.of(1) })[0]!.error, 0);
    assert.deepEqual([bus.read(1, 'registeredInstruction'), bus.read(1, 'led')], [1, 0]);
    assert.deepEqual(bus.ask({ kind: 'action', id: 0xfe }), []);
    assert.deepEqual([bus.read(1, 'registeredInstruction'), bus.read(1, 'led'), bus.read(2, 'led')], [0, 1, 1]);
    assert.equal(bus.ask({ kind: 'action', id: 1 })[0]!.error, 2);
  });

  it('reboots: replies, is unavailable for a time, then has torque off and RAM as at power-on', () => {
    const bus = rig(1);
    bus.write(1, 'torqueEnable', 1);
    bus.write(1, 'positionGainP', 100);
    assert.equal(bus.ask({ kind: 'reboot', id: 1 })[0]!.error, 0);
    assert.deepEqual(bus.ask({ kind: 'ping', id: 1 }), []);
    bus.run(120);
    assert.deepEqual([bus.read(1, 'torqueEnable'), bus.read(1, 'positionGainP')], [0, 640]);
  });

  it('restores the requested factory values', () => {
    const bus = new VirtualDynamixelRig([servoSpec(5, { calibrated: { minimumSteps: 1000, maximumSteps: 3000 } })]);
    bus.write(5, 'returnDelay', 0);
    assert.equal(bus.ask({ kind: 'factoryReset', id: 5, scope: 'keep-id-and-baud' })[0]!.error, 0);
    bus.run(120);
    assert.deepEqual(
      [bus.read(5, 'maximumPosition'), bus.read(5, 'returnDelay'), bus.bus.baudRate],
      [4095, 250, 1_000_000],
    );
    assert.equal(bus.ask({ kind: 'factoryReset', id: 5, scope: 'keep-id' })[0]!.id, 5);
    bus.run(120);
    assert.deepEqual([bus.bus.ids, bus.bus.baudRate], [[5], 57_600]);
    bus.baudRate = 57_600;
    assert.deepEqual(bus.ask({ kind: 'factoryReset', id: 0xfe, scope: 'all' }), []);
    assert.deepEqual(bus.bus.ids, [5], 'everybody at once with one id would be the end of the bus');
    assert.equal(bus.ask({ kind: 'factoryReset', id: 5, scope: 'all' })[0]!.id, 5);
    assert.deepEqual(bus.bus.ids, [1]);
  });

  it('clears complete turns on request, but not while it moves', () => {
    const bus = rig(1);
    bus.write(1, 'operatingMode', 4);
    bus.shafts = [{ turns: 2.25, turnsPerS: 0 }];
    bus.run(1);
    assert.equal(bus.read(1, 'presentPosition'), 9216);
    bus.shafts = [{ turns: 2.25, turnsPerS: 0.5 }];
    bus.bus.step(bus.shafts, bus.nowNs);
    assert.equal(bus.ask({ kind: 'clear', id: 1 })[0]!.error, 1);
    bus.shafts = [{ turns: 2.25, turnsPerS: 0 }];
    bus.bus.step(bus.shafts, bus.nowNs);
    assert.equal(bus.ask({ kind: 'clear', id: 1 })[0]!.error, 0);
    assert.equal(bus.read(1, 'presentPosition'), 1024);
  });

  it('stores and restores its control table', () => {
    const backup = (id: number, what: number): Uint8Array =>
      encodeDynamixelPacket(id, 0x20, [what, 0x43, 0x54, 0x52, 0x4c]);
    const bus = rig(1);
    const error = (what: number): number => bus.replies(backup(1, what))[0]!.bytes[8]!;
    assert.equal(error(2), 1, 'nothing to restore yet');
    bus.write(1, 'maximumPosition', 3000);
    assert.equal(error(1), 0);
    bus.write(1, 'maximumPosition', 2000);
    assert.equal(error(2), 0);
    assert.equal(bus.read(1, 'maximumPosition'), 3000);
    bus.write(1, 'torqueEnable', 1);
    assert.equal(error(1), 7);
  });

  it('waits its return delay before every reply, once for a fast read', () => {
    const bus = rig(1, 2);
    const read = { ...POSITION, ids: [1, 2] };
    const delays = (kind: 'syncRead' | 'fastSyncRead'): number[] =>
      bus.replies(encodeDynamixelInstruction({ kind, ...read })).map(({ delayNs }) => delayNs);
    const [first, second, ...none] = delays('syncRead');
    assert.ok(first! >= 500_000 && first! < 600_000 && second === first && none.length === 0);
    for (const id of [1, 2]) bus.write(id, 'returnDelay', 0);
    assert.ok(delays('syncRead').every((delay) => delay < 50_000));
    assert.equal(delays('fastSyncRead').length, 1);
  });

  it('replies according to the status return level', () => {
    const bus = rig(1);
    bus.write(1, 'statusReturnLevel', 1);
    assert.equal(bus.write(1, 'led', 1), null);
    assert.equal(bus.read(1, 'led'), 1);
    bus.write(1, 'statusReturnLevel', 0);
    assert.deepEqual(bus.ask({ kind: 'read', id: 1, ...POSITION }), []);
    assert.deepEqual(bus.ask({ kind: 'syncRead', ...POSITION, ids: [1] }), []);
    assert.equal(bus.ask({ kind: 'ping', id: 1 }).length, 1);
  });

  it('replies to an ID change with the old ID, then uses the new one', () => {
    const bus = rig(1);
    const [answer] = bus.ask({ kind: 'write', id: 1, address: 7, data: Uint8Array.of(9) });
    assert.deepEqual([answer!.id, answer!.error, bus.bus.ids], [1, 0, [9]]);
    assert.equal(bus.ask({ kind: 'ping', id: 9 }).length, 1);
  });

  it('sends the replies of two servos with one ID at the same time', () => {
    const bus = new VirtualDynamixelRig([servoSpec(1, at(1000)), servoSpec(1, at(2000))]);
    assert.equal(bus.ask({ kind: 'ping', id: 1 }).length, 1, 'they say the same');
    assert.deepEqual(bus.ask({ kind: 'read', id: 1, ...POSITION }), [], 'what comes out has a wrong CRC');
  });

  it('accepts a secondary ID in RAM only, without replies', () => {
    const bus = rig(1, 2);
    for (const id of [1, 2]) assert.equal(bus.write(id, 'secondaryId', 100), 0);
    assert.equal(bus.write(100, 'led', 1), null);
    assert.equal(bus.write(100, 'returnDelay', 0), null);
    assert.deepEqual([bus.read(1, 'led'), bus.read(2, 'led'), bus.read(2, 'returnDelay')], [1, 1, 250]);
    bus.write(2, 'secondaryId', 1);
    assert.equal(bus.write(1, 'led', 0), 0);
    assert.deepEqual([bus.read(1, 'led'), bus.read(2, 'led')], [0, 0]);
  });
});
