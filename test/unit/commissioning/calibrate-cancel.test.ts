import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Calibration } from '../../../src/robot/calibration.ts';
import { calibrationText } from '../../../src/robot/parse-calibration.ts';
import { calibrate, clearServoFault, type CalibrateOptions } from '../../../src/commissioning/index.ts';
import {
  COMMISSIONING_RETRIES,
  readCalibration,
  readRegister,
  readServoCalibrations,
  type SerialServoBus,
} from '../../../src/servo/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { temporaryDirectory } from '../../support/cli.ts';
import { startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';
import { plausibleRange, ScriptedOperator } from './scripted-operator.ts';

for (const name of ['so101', 'koch']) {
  describe(`a canceled calibration, ${name}`, () => {
    const folder = temporaryDirectory();
    let arm: VirtualArm;
    let bus: SerialServoBus;
    let ids: readonly number[];
    let importFile: string;

    before(function () {
      requireAddon(this);
    });
    beforeEach(async () => {
      arm = startVirtualArm(name);
      bus = await arm.open();
      ids = arm.robot.servoBus!.servos.map(({ id }) => id);
      const calibration: Calibration = {
        robot: name,
        joints: arm.robot.joints.map((joint, i) => ({
          ...{ name: joint.name, id: ids[i]!, direction: arm.robot.servoBus!.servos[i]!.direction },
          ...{ homingOffsetSteps: 7 - i, ...plausibleRange(arm.robot, i) },
        })),
      };
      importFile = join(folder.path, 'mine.json');
      writeFileSync(importFile, calibrationText(calibration));
    });
    afterEach(async () => {
      await bus.close();
      arm.close();
    });
    after(() => folder.remove());

    const run = (person: ScriptedOperator, more: Partial<CalibrateOptions> = {}): ReturnType<typeof calibrate> =>
      calibrate({
        ...{ robot: arm.robot, bus, clock: new MonotonicClock(), person, importFile },
        ...{ dataDirectory: folder.path, id: 'left', measureDirections: false, restart: false, yes: false },
        signal: new AbortController().signal,
        ...more,
      });
    const torques = async (): Promise<number[]> => {
      const values: number[] = [];
      for (const id of ids) values.push(await readRegister(bus, id, 'torqueEnable', COMMISSIONING_RETRIES));
      return values;
    };
    const registers = (): ReturnType<typeof readServoCalibrations> =>
      readServoCalibrations(bus, ids, COMMISSIONING_RETRIES);

    it('asks before it turns torque off, and leaves it on when canceled', async () => {
      const before = await registers();
      for (const id of ids.slice(1)) await bus.write(id, 'torqueEnable', 1);
      const controller = new AbortController();
      const person = new ScriptedOperator(() => {
        controller.abort();
        return Promise.resolve();
      });
      await assert.rejects(run(person, { signal: controller.signal }), { name: 'AbortError' });
      assert.equal(person.questions.length, 1);
      const [, ...holding] = arm.robot.joints.map((joint) => joint.name);
      assert.ok(person.questions[0]!.text.startsWith(`Torque is on: ${holding.join(', ')}. Support the arm`));
      assert.deepEqual(await torques(), [0, ...holding.map(() => 1)]);
      assert.deepEqual(await registers(), before);
    });

    it('restores the servos that were written when it is canceled during the write', async () => {
      const before = await registers();
      const controller = new AbortController();
      const person = new ScriptedOperator(() => Promise.resolve());
      const emit = person.emit.bind(person);
      person.emit = (event) => {
        emit(event);
        if (event.event === 'written' && event.id === ids[2]) controller.abort();
      };
      await assert.rejects(run(person, { signal: controller.signal }), { name: 'AbortError' });
      assert.equal(person.events.filter(({ event }) => event === 'written').length, 3);
      assert.deepEqual(await registers(), before);
      assert.match(person.notes.at(-1)!, /previous calibration again \(read back\)/);
      assert.equal(existsSync(join(folder.path, 'calibration', `${name}-left.unfinished.json`)), false);
      if (bus.protocol.lock !== null) assert.equal(await bus.read(ids[2]!, 'lock'), 1);
    });

    it('completes an imported file after a lost connection, and blocks the arm until then', async () => {
      let lost = false;
      const failing = new Proxy(bus, {
        get: (target, key) =>
          key === 'write'
            ? (id: number, register: string, value: number) => {
                lost ||= id === ids[3];
                if (lost) throw new SoftqdError('E_SERIAL_LOST', 'gone');
                return target.write(id, register, value);
              }
            : (Reflect.get(target, key, target) as unknown),
      });
      const quiet = (): ScriptedOperator => new ScriptedOperator(() => Promise.resolve());
      const owner = { dataDirectory: folder.path, robot: arm.robot, id: 'left' };
      await assert.rejects(run(quiet(), { bus: failing }), { code: 'E_SERIAL_LOST' });
      await assert.rejects(
        readCalibration(owner),
        /so101-left: a calibration was interrupted|koch-left: a calibration/,
      );
      assert.equal(await readCalibration({ ...owner, id: null }), null);
      const { calibration } = await run(quiet(), { importFile: null });
      assert.deepEqual(calibration.joints[0]!.homingOffsetSteps, 7);
      assert.deepEqual(await readCalibration(owner), calibration);
    });

    it('clear-fault does not touch a healthy servo that holds', async () => {
      await bus.write(ids[1]!, 'torqueEnable', 1);
      const { actions, recovered, after } = await clearServoFault(bus, ids[1]!, new MonotonicClock());
      assert.deepEqual([actions, recovered, after.torqueOn], [[], true, true]);
      assert.equal((await torques())[1], 1);
    });
  });
}
