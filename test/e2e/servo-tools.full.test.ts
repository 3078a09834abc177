import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireAddon } from '../support/addon.ts';
import { cli, Cli, errorCode, temporaryDirectory } from '../support/cli.ts';
import { PATIENT_NORMAL_PRIORITY } from '../support/patient-settings.ts';
import { eventually, startVirtualArm, type VirtualArm, type VirtualArmOptions } from '../support/virtual-arm.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

type Row = Readonly<Record<string, unknown>>;

describe('commissioning commands', function () {
  realTimeTests(this, 120_000);
  const data = temporaryDirectory();
  let arm: VirtualArm | null = null;
  before(function () {
    requireAddon(this);
  });
  afterEach(() => {
    arm?.close();
    arm = null;
  });
  after(() => data.remove());

  const start = (name: string, options: VirtualArmOptions = {}): { arm: VirtualArm; driver: string[] } => {
    arm = startVirtualArm(name, options);
    return { arm, driver: ['--driver', `${arm.robot.servoBus!.protocol}:${arm.path}`, '--data', data.path, '--json'] };
  };

  it('scan reports every servo with model, firmware, voltage and temperature, at its own baud rate only', async () => {
    const { arm } = start('so101');
    const result = await cli(['scan', '--driver', `feetech:${arm.path}`, '--ids', '0-8', '--json']);
    assert.equal(result.code, 0, result.stderr);
    const [port, ...others] = result.events.at(-1)!['ports'] as Row[];
    assert.deepEqual(others, []);
    const rates = port!['rates'] as Row[];
    assert.deepEqual(
      rates.map(({ baudRate }) => baudRate),
      [1_000_000],
    );
    const servos = rates[0]!['servos'] as Row[];
    assert.deepEqual(
      servos.map(({ id, model, firmware, voltageV, faults }) => [id, model, firmware, voltageV, faults]),
      [1, 2, 3, 4, 5, 6].map((id) => [id, 'STS3215 (777)', '3.10', 7.4, []]),
    );
    assert.ok(servos.every(({ temperatureC }) => Number(temperatureC) > 10));
    const empty = await cli(['scan', '--driver', `feetech:${arm.path}?baud=500000`, '--ids', '1', '--json']);
    assert.equal(empty.code, 1);
  });

  it('calibrate works without a terminal; jog rejects a servo that differs from the file, and moves after a repair', async () => {
    const { arm, driver } = start('so101', { calibrated: false });
    const common = ['--robot', 'so101', ...driver];
    const uncalibrated = await cli(['jog', 'elbow_flex', ...common, '--by', '0.2', ...PATIENT_NORMAL_PRIORITY]);
    assert.deepEqual([uncalibrated.code, errorCode(uncalibrated)], [3, 'E_CALIBRATION']);

    const run = new Cli(['calibrate', ...common], { input: null });
    await run.event(({ event, step }) => event === 'prompt' && step === 'middle');
    arm.hold(0.5);
    await eventually(() => arm.isHeld(), 'the arm is in its middle');
    run.type('\n');
    for (const part of [0.5, 0, 0.5, 1, 0.5]) {
      arm.hold(part);
      await tableShows(run, arm, part);
    }
    run.type('\n');
    const calibrated = await run.done;
    assert.equal(calibrated.code, 0, calibrated.stderr);
    const done = calibrated.events.at(-1)!;
    const file = join(data.path, 'calibration', 'so101.json');
    assert.deepEqual([done['event'], done['file']], ['done', file]);
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as Row)['sha256'], done['sha256']);

    const bus = await arm.open();
    const offset = await bus.read(3, 'homingOffset');
    await bus.write(3, 'lock', 0);
    await bus.write(3, 'homingOffset', offset + 40);
    await bus.close();
    const blocked = await cli(['jog', 'elbow_flex', ...common, '--by', '0.2', ...PATIENT_NORMAL_PRIORITY]);
    assert.deepEqual([blocked.code, errorCode(blocked)], [3, 'E_CALIBRATION']);
    const { error } = blocked.events.at(-1) as { error: { message: string; hint: string } };
    assert.match(
      error.message,
      new RegExp(`elbow_flex.*homingOffset: ${offset} in the file, ${offset + 40} in the servo`),
    );
    assert.match(error.hint, /softqd calibrate .*--import FILE/);

    const repaired = await cli(['calibrate', ...common, '--import', file, '--yes']);
    assert.deepEqual([repaired.code, repaired.events.at(-1)!['written']], [0, 1], repaired.stderr);

    await jogsElbow(arm, common);
  });

  it('calibrate can be interrupted: torque stays off, measurements are stored, no servo is written', async () => {
    const { arm, driver } = start('so101');
    const folder = join(data.path, 'interrupted');
    const run = new Cli(['calibrate', '--robot', 'so101', ...driver, '--data', folder], { input: null });
    await run.event(({ event }) => event === 'prompt');
    arm.hold(0.5);
    await eventually(() => arm.isHeld(), 'the arm is in its middle');
    run.type('\n');
    await run.event(({ event }) => event === 'range');
    run.child.kill('SIGINT');
    assert.equal((await run.done).code, 130);
    assert.ok(existsSync(join(folder, 'calibration', 'so101.unfinished.json')));
    assert.ok(arm.mechanics.torqueOff.every(Boolean));
    const bus = await arm.open();
    assert.equal(await bus.read(1, 'homingOffset'), 0);
    await bus.close();
  });

  for (const [name, id, actions] of [
    ['so101', 2, ['torque off']],
    ['koch', 3, ['torque off', 'restarted']],
  ] as const) {
    it(`clear-fault clears and explains the overload of a servo of ${name}`, async () => {
      const { driver } = start(name, { faults: `overload=${id}@1ms` });
      const result = await cli(['clear-fault', String(id), '--robot', name, ...driver]);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const recovery = result.events.at(-1)!;
      assert.deepEqual((recovery['before'] as Row)['faults'], ['overload']);
      assert.deepEqual(recovery['actions'], actions);
      assert.deepEqual([(recovery['after'] as Row)['faults'], (recovery['after'] as Row)['torqueOn']], [[], false]);
      const [explanation] = recovery['explanations'] as Row[];
      assert.match(String(explanation!['remedy']), /Remove the obstruction/);
    });
  }

  it('doctor reports the servos, each problem with a hint', async () => {
    const { driver } = start('so101', { faults: 'overload=4@1ms,dead=6' });
    const result = await cli(['doctor', '--robot', 'so101', ...driver]);
    assert.equal(result.code, 1, result.stderr);
    const findings = result.events.at(-1)!['findings'] as Row[];
    const of = (id: string): Row | undefined => findings.find((finding) => finding['id'] === id);
    assert.match(String(of('bus.servos')?.['detail']), /no reply at 1000000 baud from 6/);
    assert.deepEqual([of('servo.1')?.['level'], of('servo.4')?.['level']], ['ok', 'error']);
    assert.match(String(of('servo.4')?.['hint']), /softqd clear-fault 4 --driver feetech:/);
    assert.ok(of('bus.loss') !== undefined && of('bus.loop') !== undefined);
    for (const finding of findings) {
      assert.deepEqual(Object.keys(finding), ['id', 'level', 'title', 'detail', 'hint']);
      if (finding['level'] === 'error') assert.ok(String(finding['hint']).length > 10, JSON.stringify(finding));
    }
  });
});

/** Resolves when the live table shows every joint near this part of its range. */
async function tableShows(run: Cli, arm: VirtualArm, part: number): Promise<void> {
  const expected = arm.robot.joints.map(({ limits }) => {
    const travel = limits.maxPositionRadOrM! - limits.minPositionRadOrM!;
    return 2048 + ((part - 0.5) * travel * 4096) / (2 * Math.PI);
  });
  await eventually(() => {
    const last = run.events.findLast(({ event }) => event === 'range');
    const rows = (last?.['joints'] ?? []) as Row[];
    return rows.length > 0 && rows.every(({ presentSteps }, i) => Math.abs(Number(presentSteps) - expected[i]!) < 5);
  }, `the table shows ${part}`);
}

/** Jogs the elbow by 0.4 rad and turns torque off. */
async function jogsElbow(arm: VirtualArm, common: readonly string[]): Promise<void> {
  arm.mechanics.release();
  const before = arm.mechanics.positions[2]!;
  const jogged = await cli([
    'jog',
    'elbow_flex',
    ...common,
    '--by',
    '0.4',
    '--speed',
    '1',
    '--torque-off',
    ...PATIENT_NORMAL_PRIORITY,
  ]);
  assert.equal(jogged.code, 0, jogged.stdout + jogged.stderr);
  const result = jogged.events.at(-1)!;
  assert.equal(result['reached'], true);
  assert.ok(
    Math.abs(arm.mechanics.positions[2]! - before - 0.4) < 0.06,
    `moved from ${before} to ${arm.mechanics.positions[2]!}`,
  );
  assert.ok(
    Math.abs(Number(result['position']) - arm.mechanics.positions[2]!) < 0.05,
    `reports ${String(result['position'])}, is at ${arm.mechanics.positions[2]!}`,
  );
  await eventually(() => arm.mechanics.torqueOff.every(Boolean), '--torque-off turns torque off');
}
