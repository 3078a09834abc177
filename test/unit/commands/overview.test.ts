import assert from 'node:assert/strict';
import { nextCommands } from '../../../src/commands/overview/next-commands.ts';
import { printOverview } from '../../../src/commands/overview/print-overview.ts';
import type { MachineOverview } from '../../../src/commands/overview/types.ts';
import type { StoredRun } from '../../../src/runs/stored-runs.ts';
import type { SerialPortInfo } from '../../../src/serial/serial-ports.ts';

const empty: MachineOverview = {
  ...{ ports: [], running: [], calibrated: [], runs: [], runsTotal: 0 },
  ...{ robots: ['pendulum', 'so101'], servoProtocols: {} },
};
const port: SerialPortInfo = {
  ...{ path: '/dev/ttyACM0', what: 'USB Single Serial', stableAddress: 'usb:5A46', usbVendorId: '1a86' },
  ...{ usbProductId: '55d3', openers: [], permitted: true, latencyTimerMs: null },
};
const run: StoredRun = {
  ...{ id: 'r1', path: '/d/runs/r1', pid: null, policy: '/d/runs/r1/policy.safetensors', bytes: 12 },
  evaluation: { step: 500, mean: -12.5 },
  file: { command: 'pretrain', robot: 'so101', task: 'reach', preset: 'default', seed: 1, startedAt: '' },
};
const arm = { robot: 'so101', id: 'left', file: '/d/calibration/so101-left.json' };
const commandsOf = (machine: Partial<MachineOverview>): string[] =>
  nextCommands({ ...empty, ...machine }, { program: 'npx softqd', data: undefined }).map(({ command }) => command);

describe('softqd without a command', () => {
  it('begins with the demo on a machine without anything', () => {
    assert.equal(commandsOf({})[0], 'npx softqd demo');
  });

  it('names the driver of what is plugged in: scan, then check, then run the newest policy', () => {
    assert.equal(commandsOf({ ports: [port] })[0], 'npx softqd scan');
    const calibrated = { ports: [port], calibrated: [arm], servoProtocols: { so101: 'feetech' } };
    const driver = '--driver feetech:usb:5A46 --id left';
    assert.equal(commandsOf(calibrated)[0], `npx softqd doctor --robot so101 ${driver}`);
    assert.equal(
      commandsOf({ ...calibrated, runs: [run], runsTotal: 1 })[0],
      `npx softqd run --robot so101 --task reach ${driver} --policy r1`,
    );
  });

  it('names what blocks: a port without permission, a robot that runs', () => {
    assert.equal(commandsOf({ ports: [{ ...port, permitted: false }] })[0], 'npx softqd doctor');
    const busy = { ...port, openers: [{ pid: 7, command: 'python' }] };
    assert.ok(commandsOf({ ports: [busy as unknown as SerialPortInfo] }).every((text) => !text.includes('scan')));
    assert.equal(commandsOf({ running: [{ robot: 'so101', id: null, pid: 7 }] })[0], 'npx softqd status');
  });

  it('continues with the newest policy of a robot that is known here', () => {
    const other = { ...run, id: 'r2', file: { ...run.file!, robot: 'my-arm' } };
    assert.equal(commandsOf({ runs: [other, run], runsTotal: 2 })[0], 'npx softqd evaluate --policy r1');
    assert.equal(commandsOf({ runs: [other], runsTotal: 1 })[0], 'npx softqd demo');
  });

  it('prints what it found', () => {
    const machine = { ...empty, ports: [{ ...port, permitted: false }], calibrated: [arm], runs: [run], runsTotal: 9 };
    const text = printOverview({ ...machine, next: [{ command: 'softqd doctor', what: 'why' }] });
    assert.match(text, /^serial ports +\/dev\/ttyACM0 \(USB Single Serial\), no permission$/m);
    assert.match(text, /^calibrated +so101-left$/m);
    assert.match(text, /^runs +r1 {2}return -12\.5 at step 500$/m);
    assert.match(text, /the newest 1 of 9; softqd runs list shows all/);
    assert.match(text, /^ {2}why +softqd doctor$/m);
  });
});
