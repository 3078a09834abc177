import assert from 'node:assert/strict';
import type { SoftqdError } from '../../../src/base/errors.ts';
import { parseDriverUrl } from '../../../src/runs/driver-url.ts';

describe('a driver URL', () => {
  it('is a simulator, a robot on a serial port, a rosbridge or a recorded log', () => {
    assert.deepEqual(parseDriverUrl('ws://127.0.0.1:8741'), { kind: 'simulator', url: 'ws://127.0.0.1:8741' });
    assert.deepEqual(parseDriverUrl('feetech:/dev/ttyACM0'), {
      kind: 'serial',
      protocol: 'feetech',
      address: '/dev/ttyACM0',
      baudRate: null,
    });
    assert.deepEqual(parseDriverUrl('bridge:usb:0001?baud=115200'), {
      kind: 'serial',
      protocol: 'bridge',
      address: 'usb:0001',
      baudRate: 115_200,
    });
    assert.deepEqual(parseDriverUrl('rosbridge://robot:9090'), { kind: 'rosbridge', url: 'rosbridge://robot:9090' });
    assert.deepEqual(parseDriverUrl('playback:logs/a.mcap'), { kind: 'playback', file: 'logs/a.mcap' });
  });

  it('is rejected with the list of kinds when it is of no known kind', () => {
    for (const text of ['', 'host:1', 'http://host:1', 'ws://', 'bridge:', 'feetech:/dev/x?baud=fast', 'playback:']) {
      assert.throws(() => parseDriverUrl(text), { code: 'E_USAGE' }, text);
    }
  });

  it('is rejected with a user, a password or a token, which the error does not repeat', () => {
    for (const text of ['ws://user:secret@host:1', 'ws://host:1/?token=secret', 'http://user:secret@host']) {
      assert.throws(
        () => parseDriverUrl(text),
        (error: SoftqdError) => error.code === 'E_USAGE' && !JSON.stringify(error).includes('secret'),
        text,
      );
    }
  });
});
