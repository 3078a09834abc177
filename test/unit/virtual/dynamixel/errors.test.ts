import assert from 'node:assert/strict';
import { encodeDynamixelPacket } from '../../../../src/wire/dynamixel/index.ts';
import { bytesOf, hexOf } from '../../../support/vectors.ts';
import { answersOf, servoSpec, VirtualDynamixelRig, XL330 } from '../../../support/virtual-dynamixel.ts';

const rig = (overrides = {}): VirtualDynamixelRig => new VirtualDynamixelRig([servoSpec(1, overrides)]);

function raw(
  bus: VirtualDynamixelRig,
  id: number,
  instruction: number,
  parameters: readonly number[] = [],
): number | null {
  return answersOf(bus.replies(encodeDynamixelPacket(id, instruction, parameters)))[0]?.error ?? null;
}

function writeBytes(bus: VirtualDynamixelRig, address: number, hex: string): number | null {
  return bus.ask({ kind: 'write', id: 1, address, data: bytesOf(hex) })[0]?.error ?? null;
}

describe('errors of a virtual Dynamixel servo', () => {
  it('access (7): read-only, undefined, EEPROM under torque', () => {
    const bus = rig();
    assert.equal(writeBytes(bus, 132, '00 00 00 00'), 7);
    assert.equal(writeBytes(bus, 66, '00'), 7);
    assert.equal(writeBytes(bus, 5000, '00'), 7);
    for (const [address, length] of [
      [66, 1],
      [148, 1],
      [146, 4],
      [60_000, 2],
    ] as const)
      assert.equal(bus.ask({ kind: 'read', id: 1, address, length })[0]!.error, 7, `${address}`);
    assert.equal(writeBytes(bus, 9, '00'), 0);
    bus.write(1, 'torqueEnable', 1);
    assert.equal(writeBytes(bus, 9, '05'), 7);
    assert.equal(bus.read(1, 'returnDelay'), 0);
    bus.write(1, 'torqueEnable', 0);
    assert.equal(writeBytes(bus, 9, '05'), 0);
  });

  it('data range (4): values that no servo accepts', () => {
    const bus = rig();
    for (const [name, value] of [
      ['id', 253],
      ['baudRate', 7],
      ['returnDelay', 255],
      ['driveMode', 2],
      ['operatingMode', 5],
      ['homingOffset', 1_044_480],
      ['temperatureLimit', 101],
      ['maximumVoltage', 141],
      ['pwmLimit', 886],
      ['velocityLimit', 1024],
      ['maximumPosition', 4096],
      ['torqueEnable', 2],
      ['statusReturnLevel', 3],
      ['positionGainP', 16_384],
      ['profileVelocity', 32_768],
      ['busWatchdog', -5],
    ] as const)
      assert.equal(bus.write(1, name, value), 4, name);
    assert.equal(rig({ modelNumber: XL330 }).write(1, 'operatingMode', 5), 0);
  });

  it('data length (5): part of a register, and instructions with too few or too many parameters', () => {
    const bus = rig();
    assert.equal(writeBytes(bus, 116, '00 08'), 5);
    assert.equal(bus.ask({ kind: 'read', id: 1, address: 132, length: 0 })[0]!.error, 5);
    assert.equal(raw(bus, 1, 0x02, [132, 0, 4]), 5);
    assert.equal(raw(bus, 1, 0x03, [116, 0]), 5);
    assert.equal(raw(bus, 1, 0x01, [0]), 5);
    assert.equal(raw(bus, 1, 0x06), 5);
  });

  it('data limit (6): goals beyond the limit registers', () => {
    const bus = rig({ modelNumber: XL330, calibrated: { minimumSteps: 1000, maximumSteps: 3000 } });
    for (const [name, value] of [
      ['goalPosition', 999],
      ['goalPosition', 3001],
      ['goalVelocity', 446],
      ['goalVelocity', -446],
      ['goalCurrent', 1751],
      ['goalPwm', -886],
    ] as const)
      assert.equal(bus.write(1, name, value), 6, `${name} ${value}`);
    assert.equal(bus.write(1, 'goalPosition', 3000), 0);
    bus.write(1, 'operatingMode', 4);
    assert.equal(bus.write(1, 'goalPosition', 1_048_575), 0);
    assert.equal(bus.write(1, 'goalPosition', -1_048_576), 6);
  });

  it('instruction (2): an unknown one; a broadcast gets no reply', () => {
    const bus = rig();
    assert.equal(raw(bus, 1, 0x77), 2);
    assert.equal(raw(bus, 0xfe, 0x77), null);
    assert.equal(raw(bus, 1, 0x82, [132, 0, 4, 0, 1]), 2, 'a sync read is for everybody');
  });

  it('data range (4) for a reset or clear without its guard bytes', () => {
    const bus = rig();
    assert.equal(raw(bus, 1, 0x06, [0x07]), 4);
    assert.equal(raw(bus, 1, 0x10, [0x01, 0x44, 0x58, 0x4c, 0x23]), 4);
    assert.equal(raw(bus, 1, 0x20, [0x01, 0x43, 0x54, 0x52, 0x4d]), 4);
  });

  it('crc (3): from the addressed servo of a complete packet', () => {
    const bus = rig();
    const ping = encodeDynamixelPacket(1, 0x01);
    ping[9]! ^= 0x10;
    const [answer, ...none] = answersOf(bus.replies(ping));
    assert.deepEqual([answer!.id, answer!.error, none], [1, 3, []]);
    const other = encodeDynamixelPacket(2, 0x01);
    other[9]! ^= 0x10;
    assert.deepEqual(bus.replies(other), []);
  });

  it('a write of several registers changes all or none', () => {
    const bus = rig();
    assert.equal(writeBytes(bus, 108, '0A 00 00 00 0B 00 00 00'), 0);
    assert.deepEqual([bus.read(1, 'profileAcceleration'), bus.read(1, 'profileVelocity')], [10, 11]);
    assert.equal(writeBytes(bus, 112, '0C 00 00 00 00 10 00 00'), 6);
    assert.equal(bus.read(1, 'profileVelocity'), 11);
  });

  it('sets the alert bit together with the error while register 70 is not 0', () => {
    const bus = rig();
    bus.bus.overload(0);
    assert.equal(bus.ask({ kind: 'ping', id: 1 })[0]!.error, 0x80);
    assert.equal(bus.read(1, 'hardwareErrorStatus'), 32);
    const [reply] = bus.replies(encodeDynamixelPacket(1, 0x03, [132, 0, 0]));
    assert.equal(hexOf(reply!.bytes), 'FF FF FD 00 01 04 00 55 87 B3 0F');
  });
});
