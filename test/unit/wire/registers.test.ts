import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../src/base/errors.ts';
import { X_SERIES_REGISTERS } from '../../../src/wire/dynamixel/index.ts';
import { STS3215_REGISTERS } from '../../../src/wire/feetech/index.ts';
import { readRegister, registerBytes, registerRange } from '../../../src/wire/registers.ts';
import type { Register } from '../../../src/wire/registers.ts';

const tables: Readonly<Record<string, Readonly<Record<string, Register>>>> = {
  STS3215: STS3215_REGISTERS,
  'X series': X_SERIES_REGISTERS,
};

describe('registers', () => {
  for (const [title, table] of Object.entries(tables)) {
    it(`of ${title} round-trip every number of their range`, () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...Object.values(table)),
          fc.double({ min: 0, max: 1, noNaN: true }),
          (register, part) => {
            const { minimum, maximum } = registerRange(register);
            for (const value of [minimum, maximum, Math.round(minimum + part * (maximum - minimum))]) {
              const bytes = registerBytes(register, value);
              assert.equal(bytes.length, register.size);
              assert.equal(readRegister(register, bytes), value);
            }
          },
        ),
      );
    });

    it(`of ${title} are in order and do not overlap`, () => {
      let end = 0;
      for (const register of Object.values(table)) {
        assert.ok(register.address >= end, register.name);
        end = register.address + register.size;
      }
    });

    it(`of ${title} reject values out of range`, () => {
      for (const register of Object.values(table)) {
        const { minimum, maximum } = registerRange(register);
        for (const value of [minimum - 1, maximum + 1, 0.5, NaN, Infinity]) {
          assert.throws(
            () => registerBytes(register, value),
            (error) => error instanceof SoftqdError && error.code === 'E_SERVO_VALUE',
            `${register.name} ${value}`,
          );
        }
      }
    });
  }

  it('of an STS3215 use sign and magnitude', () => {
    const { homingOffset, goalPosition } = STS3215_REGISTERS;
    assert.deepEqual(registerBytes(homingOffset, -1), Uint8Array.of(0x01, 0x08));
    assert.deepEqual(registerRange(homingOffset), { minimum: -2047, maximum: 2047 });
    assert.deepEqual(registerBytes(goalPosition, -100), Uint8Array.of(0x64, 0x80));
    assert.equal(Object.is(readRegister(goalPosition, Uint8Array.of(0x00, 0x80)), 0), true);
    assert.equal(readRegister(homingOffset, Uint8Array.of(0x05, 0xf8)), -5);
  });

  it('of an X-series servo use two-complement numbers', () => {
    assert.deepEqual(registerBytes(X_SERIES_REGISTERS.homingOffset, -1024), Uint8Array.of(0x00, 0xfc, 0xff, 0xff));
    assert.equal(readRegister(X_SERIES_REGISTERS.busWatchdog, Uint8Array.of(0xff)), -1);
  });

  it('below the first address of the RAM are EEPROM', () => {
    assert.equal(STS3215_REGISTERS.velocityGainI.area, 'eeprom');
    assert.equal(STS3215_REGISTERS.torqueEnable.area, 'ram');
    assert.equal(STS3215_REGISTERS.maximumAccelerationLimit.area, 'eeprom');
    assert.equal(X_SERIES_REGISTERS.shutdown.area, 'eeprom');
    assert.equal(X_SERIES_REGISTERS.torqueEnable.area, 'ram');
  });
});
