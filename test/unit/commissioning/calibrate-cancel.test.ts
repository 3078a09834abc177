import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Calibration } from '../../../src/robot/calibration.ts';
import { calibrationText } from '../../../src/robot/parse-calibration.ts';
import { calibrate, type CalibrateOptions } from '../../../src/commissioning/index.ts';
import {
  COMMISSIONING_RETRIES,
  readCalibration,
  readRegister,
  readServoCalibrations,
  type SerialServoBus,
} from '../../../src/servo/index.ts';
import { retry } from '../../../src/servo/bus/retry.ts';
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
        ...{ torqueOffAgreed: false, holdSocketPath: null },
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
    /** null: the servo's model does not have it. */
    const valueOf = (id: number, register: string): Promise<number | null> =>
      readRegister(bus, id, register, COMMISSIONING_RETRIES).catch((error: unknown) => {
        if ((error as SoftqdError).code !== 'E_SERVO_REJECTED') throw error;
        return null;
      });
    /** Every register that can be written, of every servo, by `ID name`. */
    const everything = async (): Promise<ReadonlyMap<string, number | null>> => {
      const values = new Map<string, number | null>();
      const writable = Object.values(bus.protocol.registers).filter(({ access }) => access === 'read-write');
      for (const id of ids)
        for (const { name: register } of writable) values.set(`${id} ${register}`, await valueOf(id, register));
      return values;
    };

    for (const step of ['middle', 'range'] as const) {
      for (const end of ['Ctrl-C', 'the end of input'] as const) {
        it(`leaves every register as it was at ${end} while it waits for step ${step}`, async () => {
          arm.hold(0.5);
          const before = await everything();
          const controller = new AbortController();
          const person = new ScriptedOperator((question) => {
            if (question.step !== step) return Promise.resolve();
            if (end === 'the end of input') return Promise.reject(new SoftqdError('E_USAGE', 'end of input'));
            controller.abort();
            return Promise.resolve();
          });
          const options = { importFile: null, restart: true, signal: controller.signal };
          await assert.rejects(run(person, options), end === 'Ctrl-C' ? { name: 'AbortError' } : { code: 'E_USAGE' });
          assert.deepEqual(await everything(), before);
          assert.ok(arm.mechanics.torqueOff.every(Boolean));
          const stopped = person.events.find((event) => event.event === 'stopped');
          assert.deepEqual([stopped?.confirmed, stopped?.text], [true, ['torque off']]);
        });
      }
    }

    it('is left by its stop plan when it is canceled before torque is off: a joint with torque holds where it is', async () => {
      const { torqueLimit } = bus.protocol;
      for (const id of ids.slice(1)) await retry(() => bus.write(id, 'torqueEnable', 1), 9);
      const before = await everything();
      const positions = [...arm.mechanics.positions];
      const controller = new AbortController();
      const person = new ScriptedOperator(() => {
        controller.abort();
        return Promise.resolve();
      });
      await assert.rejects(run(person, { signal: controller.signal }), { name: 'AbortError' });
      const after = await everything();
      const allowed = ids.slice(1).flatMap((id) => [`${id} goalPosition`, `${id} ${torqueLimit.register}`]);
      const changed = [...after].filter(([key, value]) => before.get(key) !== value && !allowed.includes(key));
      assert.deepEqual(
        changed.map(([key, value]) => `${key}: ${before.get(key)}, then ${value}`),
        [],
      );
      assert.deepEqual(arm.mechanics.torqueOff, [true, false, false, false, false, false]);
      for (const [i, position] of positions.entries())
        assert.ok(Math.abs(arm.mechanics.positions[i]! - position) < 0.05, arm.robot.joints[i]!.name);
      const stopped = person.events.find((event) => event.event === 'stopped');
      assert.deepEqual(
        stopped?.joints.map(({ mode, confirmed }) => [mode, confirmed]),
        [['torque-off', true], ...ids.slice(1).map(() => ['hold', true])],
      );
    });

    it('reports a stop that a servo did not confirm', async () => {
      await bus.close();
      arm.close();
      arm = startVirtualArm(name, { faults: `dead=${ids[3]!}@1500ms` });
      bus = await arm.open();
      const controller = new AbortController();
      const person = new ScriptedOperator(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1800));
        controller.abort();
      });
      await assert.rejects(run(person, { importFile: null, restart: true, signal: controller.signal }), {
        code: 'E_STOP_UNCONFIRMED',
      });
      const stopped = person.events.find((event) => event.event === 'stopped');
      assert.deepEqual(
        stopped?.joints.filter(({ confirmed }) => !confirmed).map(({ joint }) => joint),
        [arm.robot.joints[3]!.name],
      );
    });

    it('asks before it turns torque off, and leaves it on when canceled', async () => {
      const before = await registers();
      for (const id of ids.slice(1)) await retry(() => bus.write(id, 'torqueEnable', 1), 9);
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
  });
}
