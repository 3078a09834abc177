import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { schedulingCheck, serialPortsCheck, type Finding } from '../../../src/commissioning/index.ts';
import { udevRule } from '../../../src/commissioning/checks/serial-checks.ts';
import { temporaryDirectory } from '../../support/cli.ts';

const folder = temporaryDirectory();
after(() => folder.remove());

function file(path: string, text: string): void {
  const full = join(folder.path, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

const { signal } = new AbortController();

async function byId(check: { run(signal: AbortSignal): Promise<readonly Finding[]> }): Promise<Map<string, Finding>> {
  return new Map((await check.run(signal)).map((finding) => [finding.id, finding]));
}

describe('serialPortsCheck', () => {
  const port = (name: string, more: Record<string, string> = {}): never =>
    ({ path: join(folder.path, 'dev', name), ...more }) as never;

  it('reports the stable name and latency timer of each port, and omits placeholders', async () => {
    file('dev/ttyUSB0', '');
    file('sys/bus/usb-serial/devices/ttyUSB0/latency_timer', '16\n');
    file('sys/bus/usb-serial/devices/ttyUSB1/latency_timer', '1\n');
    file('dev/ttyUSB1', '');
    file('sys/class/tty/ttyS5/type', '0\n');
    const ports = [
      port('ttyUSB1', { vendorId: '0403', productId: '6014', serialNumber: 'B', manufacturer: 'FTDI' }),
      port('ttyUSB0', { vendorId: '0403', productId: '6014', serialNumber: 'A', manufacturer: 'FTDI' }),
      port('ttyS5'),
    ];
    const places = { sysfs: join(folder.path, 'sys'), list: () => Promise.resolve(ports) };
    const findings = await byId(serialPortsCheck(places));
    assert.deepEqual(
      [...findings.keys()],
      ['serial.ttyUSB0', 'serial.ttyUSB0.latency', 'serial.ttyUSB1', 'serial.ttyUSB1.latency'],
    );
    assert.match(findings.get('serial.ttyUSB0')!.detail, /usb:A/);
    assert.equal(findings.get('serial.ttyUSB0.latency')!.level, 'info');
    assert.match(findings.get('serial.ttyUSB0.latency')!.hint!, /echo 1 \| sudo tee .*ttyUSB0\/latency_timer/);
    assert.equal(findings.get('serial.ttyUSB1.latency')!.level, 'ok');
  });

  it('reports group and udev rule when this user may not open a port', async () => {
    const ports = [port('ttyACM9', { vendorId: '1a86', productId: '55d3', serialNumber: 'X' })];
    const places = { sysfs: folder.path, list: () => Promise.resolve(ports) };
    const finding = (await byId(serialPortsCheck(places))).get('serial.ttyACM9.permission')!;
    assert.equal(finding.level, 'error');
    assert.match(finding.hint!, /usermod -aG dialout/);
    assert.ok(finding.hint!.includes(udevRule('1a86', '55d3')));
    assert.equal(
      udevRule('1a86', '55d3'),
      'SUBSYSTEM=="tty", ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="55d3", TAG+="uaccess"',
    );
  });

  it('reports that there are no ports, also when they cannot be listed', async () => {
    for (const list of [() => Promise.resolve([]), () => Promise.reject(new Error('no udev'))]) {
      const findings = await byId(serialPortsCheck({ sysfs: '/sys', list }));
      assert.equal(findings.get('serial')!.level, 'info');
    }
  });
});

describe('schedulingCheck', () => {
  const limits = (priority: string, locked: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units\n` +
    `Max locked memory         ${locked.padEnd(20)} ${locked.padEnd(20)} bytes\n` +
    `Max realtime priority     ${priority.padEnd(20)} ${priority.padEnd(20)}\n`;

  const levels = async (name: string): Promise<Record<string, string>> => {
    const places = { proc: join(folder.path, name), sysfs: join(folder.path, name) };
    return Object.fromEntries([...(await byId(schedulingCheck(places)))].map(([id, { level }]) => [id, level]));
  };

  it('evaluates limits, capabilities and governor', async () => {
    file('plain/self/limits', limits('0', '8388608'));
    file('plain/self/status', 'CapEff:\t0000000000000000\n');
    file('plain/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'powersave\n');
    assert.deepEqual(await levels('plain'), {
      'scheduling.realTime': 'info',
      'scheduling.memoryLock': 'info',
      'scheduling.governor': 'info',
    });
    file('limits/self/limits', limits('90', 'unlimited'));
    file('limits/self/status', 'CapEff:\t0000000000000000\n');
    file('limits/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'performance\n');
    assert.deepEqual(await levels('limits'), {
      'scheduling.realTime': 'ok',
      'scheduling.memoryLock': 'ok',
      'scheduling.governor': 'ok',
    });
    // CAP_SYS_NICE (23) alone.
    file('capable/self/limits', limits('0', '0'));
    file('capable/self/status', 'CapEff:\t0000000000800000\n');
    assert.deepEqual(await levels('capable'), { 'scheduling.realTime': 'ok', 'scheduling.memoryLock': 'info' });
  });

  it('reports nothing without /proc', async () => {
    assert.deepEqual(await levels('nowhere'), {});
  });
});
