import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { ReadingStream, type Driver } from '../../../../src/driver/index.ts';
import type { CommandUi } from '../../../../src/runs/command-ui.ts';
import { waitForReconnect } from '../../../../src/runs/real-time/wait-for-reconnect.ts';
import type { Reading } from '../../../../src/robot/reading.ts';

const unplugged = new SoftqdError('E_SERIAL_LOST', 'unplugged');
const reading = { sequence: 1 } as Reading;

function parts(): { stream: ReadingStream; driver: Driver; ui: CommandUi; abort: AbortController; notes: string[] } {
  const stream = new ReadingStream();
  const abort = new AbortController();
  const notes: string[] = [];
  const ui = { signal: abort.signal, info: (text: string) => notes.push(text) } as unknown as CommandUi;
  return { stream, driver: { readings$: stream.readings$ } as Driver, ui, abort, notes };
}

describe('waitForReconnect', () => {
  it('resolves with the first reading, also after further errors', async () => {
    const { stream, driver, ui, notes } = parts();
    const waiting = waitForReconnect(driver, unplugged, ui);
    stream.emitFault(unplugged);
    await new Promise(setImmediate);
    stream.push(reading);
    assert.equal(await waiting, true);
    assert.equal(notes.length, 1);
  });

  it('ends when the connection is lost permanently, and at Ctrl-C', async () => {
    const lost = parts();
    const waiting = waitForReconnect(lost.driver, unplugged, lost.ui);
    lost.stream.fail(unplugged);
    assert.equal(await waiting, false);

    const interrupted = parts();
    const waitingAgain = waitForReconnect(interrupted.driver, unplugged, interrupted.ui);
    interrupted.abort.abort();
    assert.equal(await waitingAgain, false);
  });

  it('does not wait after a fault that is not a disconnection', async () => {
    const { driver, ui, notes } = parts();
    assert.equal(await waitForReconnect(driver, new SoftqdError('E_SAFETY_FAULT', 'emergency stop'), ui), false);
    assert.deepEqual(notes, []);
  });
});
