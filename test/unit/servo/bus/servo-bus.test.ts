import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { openServoBus, type SerialServoBus } from '../../../../src/servo/index.ts';
import { encodeFeetechPacket } from '../../../../src/wire/feetech/index.ts';
import { encodeDynamixelStatus } from '../../../../src/wire/dynamixel/index.ts';
import { retry } from '../../../../src/servo/bus/retry.ts';
import { SimulatedServos } from '../../../support/simulated-servos.ts';
import { requireAddon } from '../../../support/addon.ts';

const clock = new MonotonicClock();

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SoftqdError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };
}

for (const protocol of ['feetech', 'dynamixel'] as const) {
  describe(`servo bus, ${protocol}`, () => {
    let peer: SimulatedServos;
    let bus: SerialServoBus;

    before(function () {
      requireAddon(this);
    });
    beforeEach(async () => {
      peer = new SimulatedServos(protocol, [1, 2, 3]);
      bus = await openServoBus({ protocol, address: peer.path, baudRate: 1_000_000, clock, logger: silentLogger });
    });
    afterEach(async () => {
      await bus.close();
      peer.close();
    });

    const position = (): { address: number; length: number } => ({
      address: bus.protocol.registers.presentPosition!.address,
      length: bus.protocol.registers.presentPosition!.size,
    });

    it('a ping returns the identity of a servo, or null without a reply', async () => {
      const identity = await bus.ping(2);
      assert.deepEqual(
        identity,
        protocol === 'feetech'
          ? { id: 2, modelNumber: 777, firmware: '3.10' }
          : { id: 2, modelNumber: 1200, firmware: '46' },
      );
      assert.equal(await bus.ping(9), null);
    });

    it('a register is written and read back', async () => {
      await bus.write(3, 'goalPosition', 1234);
      assert.equal(peer.get(3, 'goalPosition'), 1234);
      assert.equal(await bus.read(3, 'goalPosition'), 1234);
    });

    it('an unknown or read-only register is rejected before anything is sent', async () => {
      await assert.rejects(bus.read(1, 'nonsense'), code('E_SERVO_VALUE'));
      await assert.rejects(bus.write(1, 'presentPosition', 1), code('E_SERVO_REJECTED'));
      await assert.rejects(bus.write(1, 'torqueEnable', 300), code('E_SERVO_VALUE'));
      assert.equal(peer.requests.length, 0);
    });

    it('a sync read returns the requested order, with a failed entry for a servo without a reply', async () => {
      peer.dead.add(2);
      const answers = await bus.syncRead({ ...position(), ids: [3, 2, 1] });
      assert.deepEqual(
        answers.map((answer) => [answer.id, answer.kind === 'data' ? 'data' : answer.code]),
        [
          [3, 'data'],
          [2, 'E_SERVO_NO_REPLY'],
          [1, 'data'],
        ],
      );
      assert.equal(bus.counters.servos.get(2)?.lost, 1);
      assert.equal(bus.counters.servos.get(2)?.noReply, 1);
      assert.equal(bus.counters.servos.get(1)?.lost, 0);
    });

    it('a sync write reaches every servo in it', async () => {
      const { address, size } = bus.protocol.registers.goalPosition!;
      const items = [1, 2].map((id) => ({ id, data: new Uint8Array(size).fill(id) }));
      assert.equal(bus.syncWrite({ address, length: size, items }), true);
      await bus.ping(1);
      assert.deepEqual(
        peer.writes.map(({ id, data }) => [id, data[0]]),
        [
          [1, 1],
          [2, 2],
        ],
      );
    });

    it('a sync write during a reply waits for its end, and a newer one replaces it', async () => {
      const { address, size } = bus.protocol.registers.goalPosition!;
      const write = (value: number): boolean =>
        bus.syncWrite({ address, length: size, items: [{ id: 1, data: new Uint8Array(size).fill(value) }] });
      const read = bus.syncRead({ ...position(), ids: [1] });
      assert.equal(write(5), true);
      assert.equal(write(6), true);
      await read;
      await bus.ping(1);
      assert.deepEqual(
        peer.writes.map(({ data }) => data[0]),
        [6],
      );
      assert.equal(bus.counters.syncWritesDropped, 1);
    });

    it('a corrupt reply is a checksum error of that servo', async () => {
      peer.alter = (reply) => reply.map((byte, i) => (i === reply.length - 1 ? byte ^ 0x10 : byte));
      await assert.rejects(bus.read(1, 'presentPosition'), code('E_SERVO_CHECKSUM'));
      assert.equal(bus.counters.servos.get(1)?.checksum, 1);
    });

    it('a reply from another servo is rejected', async () => {
      peer.alter = (reply, id) =>
        protocol === 'feetech'
          ? encodeFeetechPacket(id + 1, 0, reply.subarray(5, -1))
          : encodeDynamixelStatus(id + 1, 0, reply.subarray(9, -2));
      await assert.rejects(bus.read(1, 'presentPosition'), code('E_SERVO_WRONG_ID'));
      assert.equal(bus.counters.servos.get(1)?.wrongId, 1);
    });

    it('a reply of another length is rejected', async () => {
      peer.alter = (_, id) =>
        protocol === 'feetech' ? encodeFeetechPacket(id, 0, [1, 2, 3]) : encodeDynamixelStatus(id, 0, [1, 2, 3]);
      await assert.rejects(bus.read(1, 'presentPosition'), code('E_SERVO_WRONG_LENGTH'));
      assert.equal(bus.counters.servos.get(1)?.wrongLength, 1);
    });

    it('a late reply is discarded, not used for the next request', async () => {
      peer.dead.add(1);
      await assert.rejects(bus.read(1, 'presentPosition'), code('E_SERVO_NO_REPLY'));
      peer.dead.delete(1);
      const stale = new Uint8Array(bus.protocol.registers.presentPosition!.size).fill(7);
      peer.send(protocol === 'feetech' ? encodeFeetechPacket(1, 0, stale) : encodeDynamixelStatus(1, 0, stale));
      assert.equal(await bus.read(1, 'presentPosition'), 2048);
      assert.ok(bus.counters.unsolicitedBytes > 0);
    });

    it('a reply after its timeout is not used for the next request', async () => {
      const [first, second] =
        protocol === 'feetech' ? ['minimumPosition', 'maximumPosition'] : ['maximumPosition', 'minimumPosition'];
      peer.set(2, first, 796);
      peer.set(2, second, 3300);
      bus.replyTimeout.setInitialLatency(1);
      // The adapter pauses, then delivers its buffer in order.
      const stuck: Uint8Array[] = [];
      let free = false;
      peer.alter = (reply) => {
        if (free) return reply;
        if (stuck.length === 0) {
          setTimeout(() => {
            free = true;
            for (const late of stuck) peer.send(late);
          }, 70);
        }
        stuck.push(reply.slice());
        return null;
      };
      await assert.rejects(bus.read(2, first), code('E_SERVO_NO_REPLY'));
      assert.equal(await retry(() => bus.read(2, second), 10), 3300);
      assert.equal(await bus.read(2, first), 796);
    });

    it('a late reply of another servo, or of another length, does not end the wait for the reply', async () => {
      const encode = protocol === 'feetech' ? encodeFeetechPacket : encodeDynamixelStatus;
      const { size } = bus.protocol.registers.minimumPosition!;
      peer.set(2, 'minimumPosition', 796);
      peer.set(2, 'maximumPosition', 3300);
      for (const late of [encode(3, 0, new Uint8Array(size)), encode(2, 0, new Uint8Array(size + 1))]) {
        peer.alter = (reply) => {
          peer.send(late);
          setTimeout(() => peer.send(reply.slice()), 3);
          peer.alter = (next) => next;
          return null;
        };
        assert.equal(await bus.read(2, 'minimumPosition'), 796);
        assert.equal(await bus.read(2, 'maximumPosition'), 3300);
      }
    });

    it('an error byte is named, and the value is still available', async () => {
      peer.status.set(1, protocol === 'feetech' ? 0x21 : 0x80);
      await assert.rejects(bus.read(1, 'presentPosition'), (error) => {
        assert.ok(code('E_SERVO_STATUS')(error));
        assert.deepEqual(
          (error as SoftqdError).values.bits,
          protocol === 'feetech' ? ['voltage', 'overload'] : ['hardware-alert'],
        );
        return true;
      });
      assert.equal(await bus.read(1, 'presentPosition', { ignoreFaults: true }), 2048);
      const [answer] = await bus.syncRead({ ...position(), ids: [1] });
      assert.equal(answer?.kind === 'data' && answer.statusBits, protocol === 'feetech' ? 0x21 : 0x80);
      assert.equal(bus.counters.servos.get(1)?.statusBits, 3);
    });

    it('an adapter with echo is supported', async () => {
      peer.echoes = true;
      assert.equal((await bus.ping(1))?.id, 1);
      assert.equal(await bus.ping(9), null);
      await bus.write(1, 'goalPosition', 99);
      assert.equal(await bus.read(1, 'goalPosition'), 99);
      const { address, size } = bus.protocol.registers.goalPosition!;
      bus.syncWrite({ address, length: size, items: [{ id: 1, data: new Uint8Array(size) }] });
      assert.equal(await bus.read(1, 'goalPosition'), 0);
      assert.ok(bus.counters.echoes >= 5);
      assert.equal(bus.counters.servos.get(1)?.lost, 0);
    });

    it('one transaction runs at a time for any number of requests', async () => {
      let open = 0;
      peer.onRequest = () => {
        open++;
        assert.equal(open, 1);
      };
      peer.alter = (reply) => {
        open--;
        return reply;
      };
      await Promise.all(Array.from({ length: 20 }, () => retry(() => bus.read(1, 'presentPosition'), 10)));
      // A busy machine may have let one time out.
      assert.ok(peer.requests.length >= 20);
    });

    it('pending requests are rejected when the adapter is unplugged', async () => {
      peer.dead.add(1);
      const lost = new Promise<SoftqdError>((resolve) => (bus.onLost = resolve));
      const read = bus.read(1, 'presentPosition');
      peer.close();
      await assert.rejects(read, code('E_SERIAL_LOST'));
      assert.equal((await lost).code, 'E_SERIAL_LOST');
      await assert.rejects(bus.ping(1), code('E_SERIAL_LOST'));
    });
  });
}

describe('servo bus, features of one protocol', () => {
  it('a fast sync read returns all Dynamixels in one packet', async function () {
    requireAddon(this);
    const peer = new SimulatedServos('dynamixel', [1, 2, 3]);
    const bus = await openServoBus({
      protocol: 'dynamixel',
      address: peer.path,
      baudRate: 1_000_000,
      clock,
      logger: silentLogger,
    });
    bus.fastSyncRead = true;
    const answers = await bus.syncRead({ address: 132, length: 4, ids: [1, 2, 3] });
    assert.deepEqual(
      answers.map((answer) => answer.kind === 'data' && answer.data[1]),
      [8, 8, 8],
    );
    assert.equal(peer.requests.at(-1)?.kind, 'fastSyncRead');
    await bus.close();
    peer.close();
  });
});
