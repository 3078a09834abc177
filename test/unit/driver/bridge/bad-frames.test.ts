import assert from 'node:assert/strict';
import type { DriverEvent } from '../../../../src/driver/port.ts';
import type { BridgeDriver } from '../../../../src/driver/bridge/bridge-driver.ts';
import { openSerial, type SerialTransport } from '../../../../src/serial/index.ts';
import {
  BridgeFrameDecoder,
  decodeLinkFromBoard,
  encodeBridgeFrame,
  encodeLinkFromBoard,
  type LinkReading,
} from '../../../../src/wire/bridge/index.ts';
import { connectTo, servoPair, startHostBridge, type RunningBoard } from '../../../support/bridge.ts';
import { hasProgram } from '../../../support/firmware.ts';
import { skipUnless } from '../../../support/skips.ts';

/** Bytes that no board of this firmware sends. */
describe('a bridge that sends a bad frame', function () {
  this.timeout(60_000);
  let board: RunningBoard;
  let driver: BridgeDriver;
  /** Delivers bytes as if the board had sent them. */
  let receive: (bytes: Uint8Array) => void;
  let events: DriverEvent[];
  let newest: LinkReading | null;

  before(function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
  });

  beforeEach(async () => {
    board = await startHostBridge('--relaxed-timeouts', '--robot', 'servo-pair');
    let transport!: SerialTransport;
    const open = async ({ address }: { address: string }): Promise<SerialTransport> => {
      transport = await openSerial({ address, baudRate: 921_600 });
      return transport;
    };
    ({ driver } = await connectTo(board.path, { robot: servoPair, validForMs: 1000, open }));
    receive = transport.onBytes;
    const decoder = new BridgeFrameDecoder();
    newest = null;
    transport.onBytes = (chunk) => {
      decoder.append(Uint8Array.from(chunk));
      for (let payload = decoder.next(); payload !== null; payload = decoder.next()) {
        const message = decodeLinkFromBoard(payload);
        if (message.type === 'reading') newest = message;
      }
      receive(chunk);
    };
    events = [];
    driver.readings$.subscribe((event) => events.push(event));
    await driver.arm();
    await readings(3);
  });

  afterEach(async () => {
    await driver.close();
    await board.stop();
  });

  async function readings(count: number): Promise<void> {
    const from = events.filter(({ kind }) => kind === 'reading').length;
    while (events.filter(({ kind }) => kind === 'reading').length < from + count)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  const faults = (): string[] => events.flatMap((event) => (event.kind === 'fault' ? [event.error.code] : []));

  it('counts a frame with a valid CRC that is no message, and continues', async () => {
    receive(encodeBridgeFrame(Uint8Array.of(0x12, 0x02, 0x50, 0x63)));
    receive(encodeBridgeFrame(Uint8Array.of(0xff, 0xff, 0xff)));
    await readings(3);
    assert.equal(driver.counters.badMessages, 2);
    assert.deepEqual(faults(), []);
  });

  it('counts bytes that are no frame, and continues', async () => {
    receive(Uint8Array.from({ length: 300 }, (_, i) => (i % 7) * 31));
    await readings(3);
    assert.ok(driver.frames!.notCobs + driver.frames!.tooShort + driver.frames!.wrongCrc > 0);
    assert.deepEqual(faults(), []);
  });

  for (const [what, change, code] of [
    ['of too few joints', { positions: Float64Array.of(0) }, 'E_READING_SHAPE'],
    ['with NaN', { velocities: Float64Array.of(0, NaN) }, 'E_READING_NON_FINITE'],
  ] as const) {
    it(`reports a reading ${what} as a bad reading, stays connected and armed`, async () => {
      receive(encodeBridgeFrame(encodeLinkFromBoard({ ...newest!, ...change })));
      await readings(3);
      assert.deepEqual(faults(), [code]);
      await assert.rejects(driver.clearFault(), { code: 'E_SAFETY_STATE' }, 'it is still armed');
    });
  }

  it('drops a reading of another session', async () => {
    receive(encodeBridgeFrame(encodeLinkFromBoard({ ...newest!, session: 1, state: 'stopped' })));
    await readings(3);
    assert.equal(driver.counters.otherSessionFrames, 1);
    assert.deepEqual(faults(), []);
  });
});
