import assert from 'node:assert/strict';
import { DynamixelPacketDecoder, encodeDynamixelInstruction } from '../../../../src/wire/dynamixel/index.ts';
import { bytesOf, hexOf } from '../../../support/vectors.ts';
import { servoSpec, VirtualDynamixelRig, XL330, XL430 } from '../../../support/virtual-dynamixel.ts';

const rig = (...ids: number[]): VirtualDynamixelRig => new VirtualDynamixelRig(ids.map((id) => servoSpec(id)));

describe('a virtual Dynamixel bus', () => {
  it('receives nothing at another baud rate, and changes to a written one', () => {
    const bus = rig(1, 2);
    bus.baudRate = 57_600;
    assert.deepEqual(bus.ask({ kind: 'ping', id: 1 }), []);
    bus.baudRate = 1_000_000;
    assert.equal(bus.write(1, 'baudRate', 1), 0);
    assert.equal(bus.bus.baudRate, null);
    assert.deepEqual(bus.ask({ kind: 'ping', id: 1 }), []);
    bus.baudRate = 57_600;
    assert.equal(bus.ask({ kind: 'ping', id: 1 }).length, 1);
  });

  it('accepts a packet in chunks, but not with a pause in it', () => {
    const ping = encodeDynamixelInstruction({ kind: 'ping', id: 1 });
    for (let cut = 1; cut < ping.length; cut++) {
      const { bus, nowNs, baudRate } = rig(1);
      assert.equal(bus.receive(ping.subarray(0, cut), nowNs, baudRate).length, 0);
      assert.equal(bus.receive(ping.subarray(cut), nowNs + 1e6, baudRate).length, 1);
      assert.equal(bus.receive(ping.subarray(0, cut), nowNs + 10e6, baudRate).length, 0);
      assert.equal(bus.receive(ping.subarray(cut), nowNs + 20e6, baudRate).length, 0);
    }
  });

  it('stuffs bytes that look like a header, and accepts stuffed ones', () => {
    const bus = rig(1);
    bus.write(1, 'operatingMode', 4);
    const [answer] = bus.ask({ kind: 'write', id: 1, address: 20, data: bytesOf('FF FF FD FF') });
    assert.equal(answer!.error, 0);
    assert.equal(bus.read(1, 'homingOffset'), -131_073);
    const read = encodeDynamixelInstruction({ kind: 'read', id: 1, address: 20, length: 4 });
    assert.match(hexOf(bus.replies(read)[0]!.bytes), /55 00 FF FF FD FD FF/);
  });

  it('returns the same reply with another ID on request', () => {
    const bus = rig(1);
    const [reply] = bus.replies(encodeDynamixelInstruction({ kind: 'ping', id: 1 }));
    const decoder = new DynamixelPacketDecoder();
    decoder.append(bus.bus.withReplyId(reply!, 4).bytes);
    assert.equal(decoder.next()?.id, 4);
  });

  it('has the models of the Koch arm', () => {
    const bus = new VirtualDynamixelRig(
      [XL430, XL330, 1190].map((modelNumber, i) => servoSpec(i + 1, { modelNumber })),
    );
    assert.deepEqual(
      [1, 2, 3].map((id) => bus.read(id, 'modelNumber')),
      [1060, 1200, 1190],
    );
    assert.deepEqual(
      [1, 2].map((id) => bus.read(id, 'presentVoltage')),
      [120, 50],
    );
    assert.equal(bus.read(2, 'currentLimit'), 1750);
    assert.equal(
      bus.ask({ kind: 'read', id: 1, address: 38, length: 2 })[0]!.error,
      7,
      'the XL430 measures no current',
    );
  });
});
