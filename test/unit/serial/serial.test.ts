import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import { openSerial } from '../../../src/serial/open-serial.ts';
import { describeCommand, findPortUsers } from '../../../src/serial/port-users.ts';
import { openError } from '../../../src/serial/serial-errors.ts';
import { startHostBridge, type RunningBoard } from '../../support/bridge.ts';
import { hasProgram } from '../../support/firmware.ts';
import { skipUnless } from '../../support/skips.ts';

describe('openSerial', function () {
  this.timeout(60_000);
  let board: RunningBoard;
  let directory: string;

  before(async function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
    board = await startHostBridge();
    directory = mkdtempSync(join(tmpdir(), 'softqd-serial-'));
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    await board.stop();
  });

  it('follows a link and stores it as the address for reconnecting', async () => {
    const link = join(directory, 'robot');
    symlinkSync(board.path, link);
    const transport = await openSerial({ address: link, baudRate: 921_600 });
    assert.deepEqual([transport.path, transport.stableAddress], [board.path, link]);
    await transport.close();
  });

  it('opens a port for one program only', async () => {
    const transport = await openSerial({ address: board.path, baudRate: 921_600 });
    await assert.rejects(openSerial({ address: board.path, baudRate: 921_600 }), { code: 'E_SERIAL_BUSY' });
    await transport.close();
    await (await openSerial({ address: board.path, baudRate: 921_600 })).close();
  });

  it('lists the available ports when a port is missing', async () => {
    await assert.rejects(openSerial({ address: '/dev/ttyNOTHING', baudRate: 9600 }), { code: 'E_SERIAL_NOT_FOUND' });
    await assert.rejects(openSerial({ address: 'usb:NOSUCHSERIAL', baudRate: 9600 }), { code: 'E_SERIAL_NOT_FOUND' });
  });

  it('rejects a path that is not a serial port', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await assert.rejects(openSerial({ address: file, baudRate: 9600 }), { code: 'E_CONNECT' });
  });

  it('accepts no more than its backlog, and nothing after close', async () => {
    const transport = await openSerial({ address: board.path, baudRate: 921_600, maxBacklogBytes: 100 });
    assert.equal(transport.write(new Uint8Array(101)), false);
    board.child.kill('SIGSTOP');
    let taken = 0;
    while (transport.write(new Uint8Array(60)) && taken < 1e6) taken += 60;
    assert.ok(taken > 0 && taken < 1e6, `${taken} bytes`);
    board.child.kill('SIGCONT');
    while (!transport.write(new Uint8Array(60))) await new Promise((resolve) => setTimeout(resolve, 5));
    await transport.close();
    assert.equal(transport.write(Uint8Array.of(0)), false);
    await transport.close();
  });

  it('reports once that the port is lost', async () => {
    const other = await startHostBridge();
    const transport = await openSerial({ address: other.path, baudRate: 921_600 });
    const lost: SoftqdError[] = [];
    const gone = new Promise<void>((resolve) => {
      transport.onLost = (error) => {
        lost.push(error);
        resolve();
      };
    });
    await other.stop();
    await gone;
    assert.equal(transport.write(Uint8Array.of(0)), false);
    await transport.close();
    assert.deepEqual(
      lost.map(({ code }) => code),
      ['E_SERIAL_LOST'],
    );
  });
});

describe('portOpeners', () => {
  it('names the other programs that have a file open', async function () {
    skipUnless(this, process.platform === 'linux', '/proc (Linux)');
    const directory = mkdtempSync(join(tmpdir(), 'softqd-openers-'));
    const file = join(directory, 'port');
    writeFileSync(file, 'x');
    assert.deepEqual(await findPortUsers(file), []);
    const child = spawn('sh', ['-c', 'exec 3<"$0"; echo open; read _', file], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      assert.deepEqual(await findPortUsers(file), [{ pid: child.pid, program: 'sh' }]);
    } finally {
      child.kill();
      rmSync(directory, { recursive: true });
    }
  });
});

describe('describeCommand', () => {
  it('describes commands and watchdog processes of softqd as a person knows them', () => {
    assert.equal(
      describeCommand(['/usr/bin/node', '/opt/bin/softqd', 'run', '--robot', 'so101']),
      'softqd run --robot so101',
    );
    assert.equal(describeCommand(['node', '/work/dist/commands/main.js', 'jog']), 'softqd jog');
    assert.equal(
      describeCommand(['softqd-watchdog so101, holding until 12:30:00']),
      "softqd's watchdog process of robot so101 (holding until 12:30:00)",
    );
    assert.equal(describeCommand(['softqd-watchdog koch']), "softqd's watchdog process of robot koch");
    assert.equal(describeCommand(['/usr/bin/python3', 'main.py']), null);
  });
});

describe('errors of a serial port', () => {
  it('are translated from the messages of the serial library', () => {
    const code = (message: string): string => openError('/dev/ttyUSB0', new Error(message)).code;
    assert.equal(code('Error: Permission denied, cannot open /dev/ttyUSB0'), 'E_SERIAL_PERMISSION');
    assert.equal(code('Error Resource temporarily unavailable Cannot lock port'), 'E_SERIAL_BUSY');
    assert.equal(code('Error: Device or resource busy, cannot open /dev/ttyUSB0'), 'E_SERIAL_BUSY');
    assert.equal(code('Error: No such file or directory, cannot open /dev/ttyUSB0'), 'E_SERIAL_NOT_FOUND');
    assert.equal(code('Error: Input/output error, cannot open /dev/ttyUSB0'), 'E_CONNECT');
  });

  it('name the program that uses the port, and the udev rule for access', () => {
    const busy = openError('/dev/ttyUSB0', new Error('Cannot lock port'), {
      openers: [{ pid: 12, program: 'ModemManager' }],
    });
    assert.match(busy.message, /ModemManager, PID 12/);
    assert.match(busy.hint, /Stop ModemManager/);
    const forbidden = openError('/dev/ttyUSB0', new Error('Permission denied'), {
      group: 'uucp',
      usbVendorId: '1a86',
      usbProductId: '7523',
    });
    assert.match(forbidden.hint, /usermod -aG uucp .*ATTRS\{idVendor\}=="1a86", ATTRS\{idProduct\}=="7523"/);
  });
});
