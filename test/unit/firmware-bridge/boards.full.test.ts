import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { BridgeDriver } from '../../../src/driver/bridge/bridge-driver.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import { throwOnFault } from '../../../src/driver/port.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { connectTo, FIRMWARE_BUILD, startQemuBoard, type RunningBoard } from '../../support/bridge.ts';
import { hasProgram, make } from '../../support/firmware.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { skipUnless } from '../../support/skips.ts';
import { stopPlan } from '../../../src/safety/index.ts';

const ARM = 'arm-none-eabi-gcc (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi)';

/** Sends an effort along the motion after each reading until `done`, or until an error. */
function pump(driver: BridgeDriver, done: (reading: Reading) => boolean): Promise<SoftqdError | null> {
  return new Promise((resolve) => {
    const subscription = driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => {
        if (done(reading)) {
          resolve(null);
          queueMicrotask(() => subscription.unsubscribe());
          return;
        }
        driver.apply(unguardedForTest(reading.sequence, [reading.velocities[0]! < 0 ? -0.12 : 0.12]));
      },
      error: (error: unknown) => resolve(error as SoftqdError),
    });
  });
}

describe('the boards', function () {
  this.timeout(120_000);

  it("compile with Debian's cross compiler and fit their chips", function () {
    skipUnless(this, hasProgram('arm-none-eabi-gcc') && hasProgram('make'), ARM);
    const output = make('boards', FIRMWARE_BUILD);
    for (const board of ['qemu-lm3s6965', 'stm32f103-bluepill']) {
      const [, text, data, bss] =
        new RegExp(`^\\s*(\\d+)\\s+(\\d+)\\s+(\\d+)\\s.*/${board}\\.elf$`, 'm').exec(output) ?? [];
      assert.ok(Number(text) + Number(data) < 40_000, `${board}: ${text} bytes of flash`);
      assert.ok(Number(data) + Number(bss) < 8_000, `${board}: ${bss} bytes of RAM`);
    }
  });

  describe('a Cortex-M3 in QEMU', () => {
    let board: RunningBoard;
    let driver: BridgeDriver;

    async function open(image: string): Promise<Awaited<ReturnType<typeof connectTo>>> {
      make('boards', FIRMWARE_BUILD);
      board = await startQemuBoard(join(FIRMWARE_BUILD, image));
      // QEMU checks once per second whether the pseudo-terminal is open, and its clock is uneven on a busy machine.
      const connection = await connectTo(board.path, {
        connectTimeoutMs: 15_000,
        receiveTimeoutMs: 1000,
        validForMs: 500,
        reconnectTimeoutMs: 15_000,
      });
      driver = connection.driver;
      return connection;
    }

    before(function () {
      skipUnless(this, hasProgram('arm-none-eabi-gcc') && hasProgram('make'), ARM);
      skipUnless(this, hasProgram('qemu-system-arm'), 'qemu-system-arm (Debian: qemu-system-arm)');
    });
    afterEach(async () => {
      await driver.close();
      await board.stop();
    });

    it('swings up its pendulum under commands', async () => {
      const { welcome } = await open('qemu-lm3s6965.elf');
      assert.equal(welcome.board, 'qemu-lm3s6965');
      await driver.arm();
      assert.equal(await pump(driver, ({ positions }) => Math.abs(positions[0]!) > Math.PI), null);
      await driver.disarm(stopPlan(driver.spec), 'up');
      assert.equal(driver.frames?.wrongCrc, 0);
      assert.equal(driver.counters.readingsLost, 0);
    });

    it('restarts when its main loop hangs, and is then stopped with the reason', async () => {
      await open('qemu-lm3s6965-hang.elf');
      await driver.arm();
      const error = await pump(driver, () => false);
      assert.equal(error?.code, 'E_SERIAL_LOST');
      while (driver.board === null) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual([driver.board.state, driver.board.stopReason], ['stopped', 'watchdog-reset']);
      await assert.rejects(
        driver.arm(),
        (refused) => refused instanceof SoftqdError && refused.values['stopReason'] === 'watchdog-reset',
      );
      await driver.clearFault();
      await driver.arm();
    });
  });
});
