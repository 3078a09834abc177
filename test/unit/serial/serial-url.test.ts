import assert from 'node:assert/strict';
import { parseSerialUrl } from '../../../src/serial/serial-url.ts';

describe('parseSerialUrl', () => {
  it('accepts a path or a USB serial number, with or without a baud rate', () => {
    assert.deepEqual(parseSerialUrl('bridge:/dev/ttyACM0?baud=921600'), {
      protocol: 'bridge',
      address: '/dev/ttyACM0',
      baudRate: 921_600,
    });
    assert.deepEqual(parseSerialUrl('feetech:usb:58FA0831'), {
      protocol: 'feetech',
      address: 'usb:58FA0831',
      baudRate: null,
    });
    const byPath = '/dev/serial/by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.4:1.0-port0';
    assert.deepEqual(parseSerialUrl(`dynamixel:${byPath}`), { protocol: 'dynamixel', address: byPath, baudRate: null });
  });

  it('rejects other URLs', () => {
    for (const url of [
      '',
      'bridge:',
      '/dev/ttyACM0',
      'ws://x:1',
      'bridge:/dev/ttyACM0?baud=',
      'bridge:/dev/x?baud=fast',
      'bridge:/dev/x?speed=9600',
      'serial:/dev/x',
    ]) {
      assert.throws(() => parseSerialUrl(url), { code: 'E_USAGE' }, url);
    }
  });
});
