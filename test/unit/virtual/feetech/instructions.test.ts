import assert from 'node:assert/strict';
import { FeetechBench, MEGABAUD, servoSpec } from '../../../support/virtual-feetech.ts';

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(' '), (digits) => parseInt(digits, 16));
}

describe('instructions to virtual Feetech servos', () => {
  let bench: FeetechBench;
  beforeEach(() => {
    bench = new FeetechBench([servoSpec(1), servoSpec(2), servoSpec(3)]);
    for (const id of [1, 2, 3]) bench.write(id, 'returnDelay', 0);
  });

  it('have the bytes of the manual', () => {
    const said = (text: string): string[] =>
      bench.bus
        .receive(bytes(text), (bench.nowNs += 5e6), MEGABAUD)
        .map((reply) => [...reply.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
    assert.deepEqual(said('ff ff 01 02 01 fb'), ['ff ff 01 02 00 fc']);
    bench.shafts[0] = { turns: 1304 / 4096, turnsPerS: 0 };
    bench.run(1);
    assert.deepEqual(said('ff ff 01 04 02 38 02 be'), ['ff ff 01 04 00 18 05 dd']);
    assert.deepEqual(said('ff ff 01 09 03 2a 00 08 00 00 e8 03 d5'), ['ff ff 01 02 00 fc']);
    assert.deepEqual(said('ff ff fe 02 05 fa'), []);
    assert.deepEqual(said('ff ff 01 02 0a f2'), ['ff ff 01 02 00 fc']);
  });

  it('lead to replies to a broadcast ping in the order of IDs', () => {
    const swapped = new FeetechBench([servoSpec(9), servoSpec(4)]);
    assert.deepEqual(
      swapped.ask({ kind: 'ping', id: 254 }).map(({ id }) => id),
      [4, 9],
    );
  });

  it('lead to replies to a sync read in the requested order, without missing servos', () => {
    const replies = bench.ask({ kind: 'syncRead', address: 56, length: 2, ids: [3, 8, 1] });
    assert.deepEqual(
      replies.map(({ id, parameters }) => [id, ...parameters]),
      [
        [3, 0, 8],
        [1, 0, 8],
      ],
    );
  });

  it('write the data of each servo in a sync write, without replies', () => {
    const items = [
      { id: 2, data: Uint8Array.of(0xd0, 7) },
      { id: 1, data: Uint8Array.of(0x98, 8) },
    ];
    assert.deepEqual(bench.ask({ kind: 'syncWrite', address: 42, length: 2, items }), []);
    assert.deepEqual([bench.read(1, 'goalPosition'), bench.read(2, 'goalPosition')], [2200, 2000]);
    assert.equal(bench.read(3, 'goalPosition'), 2048);
  });

  it('get no reply for broadcast writes, corrupt packets and unknown instructions', () => {
    assert.deepEqual(bench.ask({ kind: 'write', id: 254, address: 41, data: Uint8Array.of(5) }), []);
    assert.equal(bench.read(3, 'acceleration'), 5);
    assert.deepEqual(bench.hear(bytes('ff ff 01 02 01 fc')), []);
    assert.deepEqual(bench.hear(bytes('ff ff 01 02 77 85')), []);
    assert.deepEqual(bench.ask({ kind: 'read', id: 254, address: 56, length: 2 }), []);
    assert.equal(bench.ask({ kind: 'ping', id: 1 }).length, 1);
  });

  it('are accepted in chunks, but not across a pause', () => {
    const ping = bytes('ff ff 01 02 01 fb');
    for (let cut = 1; cut < ping.length; cut++) {
      bench.nowNs += 5e6;
      assert.deepEqual(bench.bus.receive(ping.subarray(0, cut), bench.nowNs, MEGABAUD), []);
      assert.equal(bench.bus.receive(ping.subarray(cut), bench.nowNs + 1e6, MEGABAUD).length, 1, `cut at ${cut}`);
      bench.bus.receive(ping.subarray(0, cut), bench.nowNs + 10e6, MEGABAUD);
      assert.deepEqual(bench.bus.receive(ping.subarray(cut), bench.nowNs + 13e6, MEGABAUD), []);
      bench.nowNs += 20e6;
    }
  });

  it('get replies at level 0 only for pings and reads', () => {
    bench.write(1, 'responseLevel', 0);
    assert.equal(bench.write(1, 'acceleration', 3), null);
    assert.equal(bench.ask({ kind: 'ping', id: 1 }).length, 1);
    assert.equal(bench.read(1, 'acceleration'), 3);
    assert.equal(bench.ask({ kind: 'syncRead', address: 56, length: 2, ids: [1, 2] }).length, 2);
    assert.deepEqual(bench.ask({ kind: 'reset', id: 1 }), []);
  });

  it('get replies after the return delay, 2 us per step', () => {
    const ping = bytes('ff ff 01 02 01 fb');
    const before = bench.bus.receive(ping, (bench.nowNs += 5e6), MEGABAUD)[0]!.delayNs;
    bench.write(1, 'returnDelay', 250);
    const after = bench.bus.receive(ping, (bench.nowNs += 5e6), MEGABAUD)[0]!.delayNs;
    assert.ok(before < 20_000, `${before} ns`);
    assert.equal(after - before, 500_000);
  });

  it('keep a reg write until the action, and report it as pending', () => {
    const data = Uint8Array.of(0x98, 8);
    assert.equal(bench.ask({ kind: 'regWrite', id: 1, address: 42, data }).length, 1);
    assert.equal(bench.ask({ kind: 'regWrite', id: 2, address: 42, data }).length, 1);
    assert.equal(bench.read(1, 'goalPosition'), 2048);
    assert.equal(bench.read(1, 'regWritePending'), 1);
    assert.deepEqual(bench.ask({ kind: 'action', id: 254 }), []);
    assert.deepEqual([bench.read(1, 'goalPosition'), bench.read(2, 'goalPosition')], [2200, 2200]);
    assert.equal(bench.read(1, 'regWritePending'), 0);
    bench.write(1, 'goalPosition', 2000);
    bench.ask({ kind: 'action', id: 1 });
    assert.equal(bench.read(1, 'goalPosition'), 2000);
  });

  it('restore the EEPROM to factory values, except the ID', () => {
    bench.write(1, 'id', 5);
    bench.write(5, 'positionGainP', 16);
    bench.write(5, 'homingOffset', 300);
    assert.equal(bench.ask({ kind: 'restoreEeprom', id: 5 })[0]?.id, 5);
    assert.equal(bench.read(5, 'positionGainP'), 32);
    assert.equal(bench.read(5, 'homingOffset'), 0);
    assert.equal(bench.read(5, 'returnDelay'), 250);
  });

  it('reboot without a reply: unavailable for 0.8 s, then torque off and goal at the position', () => {
    bench.write(1, 'goalPosition', 2100);
    assert.equal(bench.read(1, 'torqueEnable'), 1);
    assert.deepEqual(bench.ask({ kind: 'reboot', id: 1 }), []);
    bench.run(700);
    assert.deepEqual(bench.ask({ kind: 'ping', id: 1 }), []);
    assert.equal(bench.part(), null);
    bench.run(100);
    assert.equal(bench.ask({ kind: 'ping', id: 1 }).length, 1);
    assert.equal(bench.read(1, 'torqueEnable'), 0);
    assert.equal(bench.read(1, 'goalPosition'), 2048);
  });

  it('acknowledge a backup', () => {
    assert.equal(bench.ask({ kind: 'backup', id: 2 })[0]?.id, 2);
  });

  it('count turns without limits, and restart at a reset', () => {
    bench.write(1, 'maximumPosition', 0);
    bench.shafts[0] = { turns: 3.5, turnsPerS: 0 };
    bench.run(1);
    assert.equal(bench.read(1, 'presentPosition'), 3 * 4096 + 2048);
    bench.shafts[0] = { turns: -1.5, turnsPerS: 0 };
    bench.run(1);
    assert.equal(bench.read(1, 'presentPosition'), -1.5 * 4096);
    assert.equal(bench.ask({ kind: 'reset', id: 1 })[0]?.code, 0);
    bench.run(1);
    assert.equal(bench.read(1, 'presentPosition'), 2048);
  });

  const present = [0, 100, 1000, 2047, 2500, 4000, 4095];
  for (const steps of present) {
    it(`make position ${steps} the middle by 0x0B and by torque enable 128`, () => {
      const calibrate = [
        (): unknown => bench.ask({ kind: 'calibratePosition', id: 1, position: null }),
        (): unknown => bench.write(1, 'torqueEnable', 128),
      ];
      for (const act of calibrate) {
        bench.shafts[0] = { turns: steps / 4096, turnsPerS: 0 };
        bench.run(1);
        act();
        // The offset reaches +-2047 of the 2048 that step 0 would need.
        const reached = bench.read(1, 'presentPosition');
        assert.ok(Math.abs(reached - 2048) <= (steps === 0 ? 1 : 0), `${reached}`);
        assert.equal(bench.read(1, 'torqueEnable'), 0);
      }
    });
  }

  it('set the present position to any value by 0x0B with two bytes', () => {
    bench.ask({ kind: 'calibratePosition', id: 1, position: 1000 });
    assert.equal(bench.read(1, 'presentPosition'), 1000);
    assert.equal(bench.read(1, 'homingOffset'), 1048);
  });

  it('have no effect on dead servos', () => {
    bench.write(1, 'goalPosition', 2100);
    bench.bus.setUnresponsive(0, true);
    bench.run(1);
    assert.equal(bench.part(0), null);
    assert.deepEqual(
      bench.ask({ kind: 'ping', id: 254 }).map(({ id }) => id),
      [2, 3],
    );
    bench.bus.setUnresponsive(0, false);
    assert.equal(bench.ask({ kind: 'ping', id: 1 }).length, 1);
  });

  it('survive any bytes', () => {
    let state = 1;
    const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24;
    for (let i = 0; i < 300; i++) {
      const noise = Uint8Array.from({ length: 1 + (random() & 63) }, () => (random() < 90 ? 0xff : random()));
      bench.bus.receive(noise, (bench.nowNs += 1e6), MEGABAUD);
      bench.run(1);
    }
    for (const drive of bench.drives) assert.ok(drive.kind !== 'torque' || Math.abs(drive.fraction) <= 1);
  });
});
