import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { busCheck, clearServoFault, scanBus, type Finding } from '../../../src/commissioning/index.ts';
import {
  COMMISSIONING_RETRIES,
  requireRegisters,
  writeAndVerify,
  type SerialServoBus,
} from '../../../src/servo/index.ts';
import { writeByDifference } from '../../../src/servo/registers/write-registers.ts';
import { requireAddon } from '../../support/addon.ts';
import { startVirtualArm, type VirtualArm, type VirtualArmOptions } from '../../support/virtual-arm.ts';

const retries = COMMISSIONING_RETRIES;
const noTorque = (): Promise<void> => Promise.reject(new Error('it has no torque'));

async function readOne(
  bus: SerialServoBus,
  id: number,
  names: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  return (await requireRegisters(bus, [id], names))[0]!;
}

describe('commissioning on a servo bus', () => {
  let arm: VirtualArm | null = null;
  let bus: SerialServoBus | null = null;
  before(function () {
    requireAddon(this);
  });
  afterEach(async () => {
    await bus?.close();
    arm?.close();
    [arm, bus] = [null, null];
  });
  const start = async (name: string, options: VirtualArmOptions = {}): Promise<SerialServoBus> => {
    arm = startVirtualArm(name, options);
    bus = await arm.open();
    return bus;
  };
  const check = async (): Promise<Map<string, Finding>> => {
    await bus!.close();
    const { protocol } = arm!.robot.servoBus!;
    const findings = busCheck({
      open: ({ baudRate }) => arm!.open(baudRate),
      protocol,
      address: arm!.path,
      baudRate: null,
      robot: arm!.robot,
      calibration: () => Promise.resolve(null),
      clock: new MonotonicClock(),
      expected: true,
    });
    return new Map((await findings.run(new AbortController().signal)).map((finding) => [finding.id, finding]));
  };

  it('reads registers of distant addresses, also from a servo with a fault', async () => {
    const bus = await start('so101', { faults: 'overload=2@1ms' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const values = await readOne(bus, 2, ['id', 'lock', 'presentVoltage', 'homingOffset', 'status']);
    assert.deepEqual(values, { id: 2, lock: values['lock'], presentVoltage: 74, homingOffset: 0, status: 32 });
    await assert.rejects(readOne(bus, 99, ['id']), { code: 'E_SERVO_NO_REPLY' });
    await assert.rejects(readOne(bus, 2, ['color']), { code: 'E_SERVO_VALUE', message: /no register color/ });
  });

  it('writes EEPROM by difference with torque off and locks it, also on a bus with corrupt bytes', async () => {
    const bus = await start('so101', { faults: 'corrupt=0.5%' });
    const wanted = { homingOffset: -321, minimumPosition: 800, maximumPosition: 3210 };
    await writeAndVerify(bus, 3, { name: 'torqueEnable', value: 1 }, retries);
    assert.deepEqual(await writeByDifference(bus, 3, wanted, { retries }), Object.keys(wanted));
    assert.deepEqual(await writeByDifference(bus, 3, wanted, { retries }), []);
    const { torqueEnable, lock, ...held } = await readOne(bus, 3, ['torqueEnable', 'lock', ...Object.keys(wanted)]);
    assert.deepEqual([held, torqueEnable, lock], [wanted, 0, 1]);
  });

  it('rejects a write that the register does not keep', async () => {
    const bus = await start('so101');
    await assert.rejects(writeAndVerify(bus, 1, { name: 'presentPosition', value: 5 }, retries), {
      code: 'E_SERVO_REJECTED',
    });
  });

  it('scans without a list of IDs, and finds a servo with another baud rate', async () => {
    const bus = await start('so101');
    await writeAndVerify(bus, 6, { name: 'lock', value: 0 }, retries);
    await bus.write(6, 'baudRate', 1).catch(() => undefined);
    await bus.close();
    const rates = await scanBus({
      open: ({ baudRate }) => arm!.open(baudRate),
      protocol: 'feetech',
      address: arm!.path,
      baudRates: [1_000_000, 500_000],
    });
    assert.deepEqual(
      rates.map(({ baudRate, servos }) => [baudRate, servos.map(({ id }) => id)]),
      [
        [1_000_000, [1, 2, 3, 4, 5]],
        [500_000, [6]],
      ],
    );
    const finding = (await check()).get('bus.servos')!;
    assert.equal(finding.level, 'error');
    assert.match(finding.detail, /no reply at 1000000 baud from 6; but 6 at 500000 baud/);
    assert.match(finding.hint!, /Set their baud rate to 1000000/);
  });

  for (const name of ['so101', 'koch']) {
    it(`reports no problem of a healthy ${name}`, async () => {
      await start(name);
      const findings = await check();
      const ids = [
        'bus.servos',
        ...[1, 2, 3, 4, 5, 6].map((id) => `servo.${id}`),
        'bus.loss',
        'bus.loop',
        'calibration',
      ];
      assert.deepEqual([...findings.keys()], ids);
      for (const id of ids.filter((id) => !id.startsWith('bus.l'))) {
        assert.ok(['ok', 'info'].includes(findings.get(id)!.level), JSON.stringify(findings.get(id)));
      }
      assert.match(findings.get('bus.loop')!.detail, /% of the control period of 20.0 ms/);
    });
  }

  it('reports a servo with a low supply voltage', async () => {
    await start('so101', { faults: 'supply=4.2V@1ms' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const finding = (await check()).get('servo.1')!;
    assert.ok(finding.level === 'warning' || finding.level === 'error', JSON.stringify(finding));
    assert.match(finding.detail, /4\.2 V.*supply/);
  });

  it('changes nothing on a servo without a fault, and rejects for a servo that does not reply', async () => {
    const bus = await start('koch');
    const { actions, recovered } = await clearServoFault(bus, 1, new MonotonicClock(), noTorque);
    assert.deepEqual([actions, recovered], [[], true]);
    await assert.rejects(clearServoFault(bus, 77, new MonotonicClock(), noTorque), {
      code: 'E_SERVO_NO_REPLY',
      message: /servo 77/,
    });
  });
});
