import assert from 'node:assert/strict';
import { STS3215_REGISTERS, type Sts3215RegisterName } from '../../../../src/wire/feetech/index.ts';
import { FeetechBench, MEGABAUD, servoSpec } from '../../../support/virtual-feetech.ts';

const FULL_TURN = 4096;

describe('the memory of a virtual STS3215', () => {
  let bench: FeetechBench;
  beforeEach(() => {
    bench = new FeetechBench([servoSpec(1)]);
  });

  it('has factory values', () => {
    const expected: Partial<Record<Sts3215RegisterName, number>> = {
      firmwareMajor: 3,
      firmwareMinor: 10,
      modelNumber: 777,
      id: 1,
      baudRate: 0,
      returnDelay: 250,
      responseLevel: 1,
      minimumPosition: 0,
      maximumPosition: 4095,
      maximumTemperature: 70,
      maximumTorque: 1000,
      positionGainP: 32,
      positionGainD: 32,
      positionGainI: 0,
      homingOffset: 0,
      operatingMode: 0,
      torqueEnable: 0,
      lock: 0,
      torqueLimit: 1000,
      presentPosition: 2048,
      status: 0,
      moving: 0,
    };
    for (const [name, value] of Object.entries(expected))
      assert.equal(bench.read(1, name as Sts3215RegisterName), value, name);
  });

  it('is calibrated on request', () => {
    const calibrated = new FeetechBench([servoSpec(7, { calibrated: { minimumSteps: 796, maximumSteps: 3300 } })]);
    assert.equal(calibrated.read(7, 'minimumPosition'), 796);
    assert.equal(calibrated.read(7, 'maximumPosition'), 3300);
    assert.equal(calibrated.read(7, 'homingOffset'), 0);
  });

  it('reads the whole table at once, unknown addresses as 0, beyond its end, too', () => {
    const [all] = bench.ask({ kind: 'read', id: 1, address: 0, length: 253 });
    assert.equal(all?.parameters.length, 253);
    assert.deepEqual([...all.parameters.subarray(3, 6)], [9, 3, 1]);
    assert.equal(all.parameters[4 * 16 + 8], 0);
    const [end] = bench.ask({ kind: 'read', id: 1, address: 250, length: 20 });
    assert.deepEqual([...end!.parameters], new Array(20).fill(0));
  });

  it('ignores writes to read-only and unknown addresses without an error', () => {
    assert.equal(bench.write(1, 'modelNumber', 1), 0);
    assert.equal(bench.write(1, 'presentPosition', 9), 0);
    bench.ask({ kind: 'write', id: 1, address: 90, data: Uint8Array.of(1, 2, 3) });
    assert.equal(bench.read(1, 'modelNumber'), 777);
    assert.equal(bench.read(1, 'presentPosition'), 2048);
    assert.deepEqual([...bench.ask({ kind: 'read', id: 1, address: 90, length: 3 })[0]!.parameters], [0, 0, 0]);
  });

  const outside: readonly (readonly [Sts3215RegisterName, number, number])[] = [
    ['id', 254, 1],
    ['baudRate', 8, 0],
    ['responseLevel', 2, 1],
    ['maximumPosition', 4096, 4095],
    ['maximumTemperature', 101, 70],
    ['maximumTorque', 1001, 1000],
    ['operatingMode', 4, 0],
    ['torqueEnable', 3, 0],
    ['lock', 2, 0],
    ['torqueLimit', 1001, 1000],
    ['acceleration', 255, 0],
    ['goalTime', -1001, 0],
  ];
  for (const [name, value, before] of outside) {
    it(`keeps ${name} as it was when ${value} is written`, () => {
      const { address, size } = STS3215_REGISTERS[name];
      const raw = value < 0 ? 1024 - value : value;
      const data = Uint8Array.from({ length: size }, (_, i) => (raw >> (8 * i)) & 255);
      bench.ask({ kind: 'write', id: 1, address, data });
      assert.equal(bench.read(1, name), before);
    });
  }

  it('writes adjacent registers at once, as masters set position, time and speed', () => {
    bench.ask({ kind: 'write', id: 1, address: 41, data: Uint8Array.of(50, 0, 8, 0, 0, 0xe8, 3) });
    assert.equal(bench.read(1, 'acceleration'), 50);
    assert.equal(bench.read(1, 'goalPosition'), 2048);
    assert.equal(bench.read(1, 'goalVelocity'), 1000);
  });

  it('encodes goals and offsets as sign and magnitude', () => {
    bench.write(1, 'homingOffset', -2047);
    assert.deepEqual([...bench.ask({ kind: 'read', id: 1, address: 31, length: 2 })[0]!.parameters], [0xff, 0x0f]);
    bench.write(1, 'goalPosition', -5);
    assert.deepEqual([...bench.ask({ kind: 'read', id: 1, address: 42, length: 2 })[0]!.parameters], [5, 0x80]);
  });

  it('reports the position minus the homing offset, within one turn', () => {
    bench.write(1, 'homingOffset', 100);
    bench.run(1);
    assert.equal(bench.read(1, 'presentPosition'), 1948);
    bench.shafts[0] = { turns: 50 / FULL_TURN, turnsPerS: 0 };
    bench.run(1);
    assert.equal(bench.read(1, 'presentPosition'), FULL_TURN - 50);
    bench.shafts[0] = { turns: (100 - 0.4) / FULL_TURN, turnsPerS: 0 };
    bench.run(1);
    assert.equal(bench.read(1, 'presentPosition'), 0);
  });

  it('reports speed in steps per second with its sign', () => {
    bench.shafts[0] = { turns: 0.5, turnsPerS: -0.25 };
    bench.run(1);
    assert.equal(bench.read(1, 'presentVelocity'), -1024);
    assert.equal(bench.read(1, 'moving'), 1);
  });

  it('copies the max torque to the torque limit at power-on only', () => {
    bench.write(1, 'maximumTorque', 500);
    assert.equal(bench.read(1, 'torqueLimit'), 1000);
    bench.ask({ kind: 'reboot', id: 1 });
    bench.run(900);
    assert.equal(bench.read(1, 'torqueLimit'), 500);
  });

  it('stores EEPROM written with Lock 0, and loses RAM and EEPROM written with Lock 1', () => {
    bench.write(1, 'positionGainP', 16);
    bench.write(1, 'lock', 1);
    bench.write(1, 'positionGainD', 7);
    bench.write(1, 'acceleration', 99);
    assert.equal(bench.read(1, 'positionGainD'), 7);
    bench.bus.brownOut(0, bench.nowNs);
    bench.run(900);
    assert.equal(bench.read(1, 'positionGainP'), 16);
    assert.equal(bench.read(1, 'positionGainD'), 32);
    assert.equal(bench.read(1, 'acceleration'), 0);
    assert.equal(bench.read(1, 'lock'), 0);
  });

  it('replies to an ID change with the old ID', () => {
    const [reply] = bench.ask({ kind: 'write', id: 1, address: 5, data: Uint8Array.of(9) });
    assert.equal(reply?.id, 1);
    assert.deepEqual(bench.ask({ kind: 'ping', id: 1 }), []);
    assert.equal(bench.ask({ kind: 'ping', id: 9 })[0]?.id, 9);
    assert.deepEqual(bench.bus.ids, [9]);
  });

  it('replies to a baud rate change at the old rate, and then receives only at the new one', () => {
    assert.equal(bench.write(1, 'baudRate', 5), 0);
    assert.deepEqual(bench.ask({ kind: 'ping', id: 1 }, MEGABAUD), []);
    assert.equal(bench.ask({ kind: 'ping', id: 1 }, 76_800).length, 1);
    assert.equal(bench.bus.baudRate, 76_800);
  });
});
