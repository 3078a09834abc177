import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Calibration } from '../../../src/robot/calibration.ts';
import { calibrationMismatches } from '../../../src/robot/calibration-mismatches.ts';
import { calibrationText } from '../../../src/robot/parse-calibration.ts';
import { calibrate, type CalibrateOptions } from '../../../src/commissioning/index.ts';
import {
  COMMISSIONING_RETRIES,
  readCalibration,
  readServoCalibrations,
  type SerialServoBus,
} from '../../../src/servo/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { temporaryDirectory } from '../../support/cli.ts';
import { startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';
import { moveTo, moveToMiddle, plausibleRange, ScriptedOperator } from './scripted-operator.ts';

for (const name of ['so101', 'koch']) {
  describe(`calibrate, ${name}`, () => {
    const folder = temporaryDirectory();
    let arm: VirtualArm;
    let bus: SerialServoBus;

    before(function () {
      requireAddon(this);
    });
    beforeEach(async () => {
      arm = startVirtualArm(name, { calibrated: false });
      bus = await arm.open();
    });
    afterEach(async () => {
      await bus.close();
      arm.close();
    });
    after(() => folder.remove());

    const run = (operator: ScriptedOperator, more: Partial<CalibrateOptions> = {}): ReturnType<typeof calibrate> =>
      calibrate({
        robot: arm.robot,
        bus,
        clock: new MonotonicClock(),
        person: operator,
        dataDirectory: folder.path,
        id: null,
        importFile: null,
        measureDirections: false,
        restart: false,
        yes: false,
        torqueOffAgreed: false,
        holdSocketPath: null,
        signal: new AbortController().signal,
        ...more,
      });

    const fullMotion = (): ScriptedOperator =>
      new ScriptedOperator(async ({ step }, operator) => {
        await moveToMiddle(arm);
        if (step !== 'range') return;
        for (const fraction of [0.5, 0, 0.5, 1, 0.5]) await moveTo(arm, operator, fraction);
      });

    const heldNow = async (): Promise<Awaited<ReturnType<typeof readServoCalibrations>>> =>
      readServoCalibrations(
        bus,
        arm.robot.servoBus!.servos.map(({ id }) => id),
        COMMISSIONING_RETRIES,
      );

    it('sets the middle to 2048 and measures the range by hand guiding, in servos and file', async () => {
      const operator = fullMotion();
      const { calibration, written, file } = await run(operator);
      assert.equal(operator.notes.length, name === 'koch' ? 1 : 0, operator.notes.join(' | '));
      for (const [i, joint] of calibration.joints.entries()) {
        const { minPositionRadOrM: low, maxPositionRadOrM: high } = arm.robot.joints[i]!.limits;
        const middle = (joint.minimumSteps + joint.maximumSteps) / 2;
        assert.ok(Math.abs(middle - 2048) < 5, `${joint.name} ${middle}`);
        // A Dynamixel cannot pass its encoder's zero, and koch's wrist turns almost a full turn.
        if (operator.notes.some((note) => note.startsWith(`${joint.name}: `) && note.includes('not usable'))) continue;
        const half = ((high! - low!) / 2 / arm.robot.servoBus!.servos[i]!.travelPerTurnRadOrM) * 4096;
        assert.ok(Math.abs(joint.minimumSteps - (2048 - half)) < 5, `${joint.name} ${joint.minimumSteps}`);
        assert.ok(Math.abs(joint.maximumSteps - (2048 + half)) < 5, `${joint.name} ${joint.maximumSteps}`);
      }
      assert.ok(written >= 2 * calibration.joints.length);
      assert.deepEqual(calibrationMismatches(calibration, await heldNow()), []);
      assert.deepEqual(await readCalibration({ dataDirectory: folder.path, robot: arm.robot, id: null }), calibration);
      assert.equal(file, join(folder.path, 'calibration', `${name}.json`));
      assert.equal(existsSync(join(folder.path, 'calibration', `${name}.unfinished.json`)), false);
      // Every joint is in its middle, and the servos read it.
      for (const joint of calibration.joints) {
        assert.ok(Math.abs((await bus.read(joint.id, 'presentPosition')) - 2048) < 3, joint.name);
        assert.equal(await bus.read(joint.id, 'torqueEnable'), 0);
        if (bus.protocol.lock !== null) assert.equal(await bus.read(joint.id, 'lock'), 1);
      }
    });

    it('repeats the prompt until every joint was moved, naming those that were not', async () => {
      let ranges = 0;
      const operator = new ScriptedOperator(async ({ step }, self) => {
        await moveToMiddle(arm);
        if (step !== 'range') return;
        ranges += 1;
        await moveTo(arm, self, 0.5);
        if (ranges === 2) for (const fraction of [0, 0.5, 1, 0.5]) await moveTo(arm, self, fraction);
      });
      await run(operator);
      const texts = operator.questions.map(({ text }) => text);
      assert.equal(texts.length, 3);
      assert.match(texts[2]!, /^Not moved yet: shoulder_pan, .*gripper/);
    });

    it('writes to no servo before the measurement is complete, and resumes after an interruption', async () => {
      await run(fullMotion());
      const before = await heldNow();
      const controller = new AbortController();
      const interrupted = new ScriptedOperator(async ({ step }, self) => {
        await moveToMiddle(arm);
        if (step !== 'range') return;
        for (const fraction of [0.5, 0]) await moveTo(arm, self, fraction);
        controller.abort();
      });
      await assert.rejects(run(interrupted, { signal: controller.signal }), { name: 'AbortError' });
      assert.deepEqual(await heldNow(), before);
      for (const { id } of before) assert.equal(await bus.read(id, 'torqueEnable'), 0);

      const rest = new ScriptedOperator(async (_question, self) => {
        for (const fraction of [0.5, 1, 0.5]) await moveTo(arm, self, fraction);
      });
      const { calibration } = await run(rest);
      assert.deepEqual(
        rest.questions.map(({ step }) => step),
        ['range'],
      );
      assert.match(rest.notes[0]!, /^Resuming the interrupted calibration/);
      for (const [i, joint] of calibration.joints.entries()) {
        const { minimumSteps, maximumSteps } = before[i]!;
        assert.ok(
          Math.abs(joint.minimumSteps - minimumSteps) < 5 && Math.abs(joint.maximumSteps - maximumSteps) < 5,
          joint.name,
        );
      }
    });

    it('reports after an interruption that no servo was written, and starts over with restart', async () => {
      const controller = new AbortController();
      const interrupted = new ScriptedOperator(async ({ step }) => {
        await moveToMiddle(arm);
        if (step === 'range') controller.abort();
      });
      await assert.rejects(run(interrupted, { signal: controller.signal }), { name: 'AbortError' });
      assert.match(interrupted.notes.at(-1)!, /^No servo was modified.*run the same command to resume/);
      const again = fullMotion();
      await run(again, { restart: true });
      assert.deepEqual(
        again.questions.map(({ step }) => step),
        ['middle', 'range'],
      );
    });

    it('accepts replies that are lost for a short time, and rejects when a servo does not reply', async () => {
      let disconnectedUntilMs = 0;
      const unreliable = new Proxy(bus, {
        get: (target, key) =>
          key === 'syncRead'
            ? async (request: Parameters<SerialServoBus['syncRead']>[0]) => {
                const replies = await target.syncRead(request);
                if (performance.now() > disconnectedUntilMs) return replies;
                return replies.map(({ id }) => ({
                  kind: 'failed',
                  id,
                  code: 'E_SERVO_NO_REPLY',
                  detail: 'disconnected',
                }));
              }
            : (Reflect.get(target, key, target) as unknown),
      });
      const disconnects = (ms: number, after: (operator: ScriptedOperator) => Promise<void>): ScriptedOperator =>
        new ScriptedOperator(async ({ step }, operator) => {
          await moveToMiddle(arm);
          if (step !== 'range') return;
          await moveTo(arm, operator, 0.5);
          disconnectedUntilMs = performance.now() + ms;
          await after(operator);
        });
      const moves = async (operator: ScriptedOperator): Promise<void> => {
        for (const fraction of [0, 0.5, 1, 0.5]) await moveTo(arm, operator, fraction);
      };
      await run(disconnects(300, moves), { bus: unreliable, restart: true });
      const permanent = disconnects(60_000, () => new Promise(() => undefined));
      await assert.rejects(run(permanent, { bus: unreliable, restart: true }), { code: 'E_SERVO_NO_REPLY' });
    }).timeout(10_000);

    it('writes by difference from a file after a prompt, and nothing the second time', async () => {
      const calibration: Calibration = {
        robot: name,
        joints: arm.robot.joints.map((joint, i) => ({
          name: joint.name,
          id: arm.robot.servoBus!.servos[i]!.id,
          direction: arm.robot.servoBus!.servos[i]!.direction,
          homingOffsetSteps: 7 - i,
          ...plausibleRange(arm.robot, i),
        })),
      };
      const importFile = join(folder.path, 'mine.json');
      writeFileSync(importFile, calibrationText(calibration));
      const operator = new ScriptedOperator(() => Promise.resolve());
      assert.equal((await run(operator, { importFile })).written, 18);
      assert.deepEqual(
        operator.questions.map(({ step }) => step),
        ['write'],
      );
      assert.deepEqual(calibrationMismatches(calibration, await heldNow()), []);
      const again = new ScriptedOperator(() => Promise.reject(new Error('unexpected prompt')));
      assert.equal((await run(again, { importFile })).written, 0);
    });
  });
}

describe('a calibration interrupted during the write', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());

  it('prevents use of the calibration until it is completed', async function () {
    requireAddon(this);
    const arm = startVirtualArm('so101', { calibrated: false });
    const bus = await arm.open();
    try {
      const path = join(folder.path, 'calibration', 'so101.unfinished.json');
      const run = (bus: SerialServoBus): ReturnType<typeof calibrate> =>
        calibrate({
          robot: arm.robot,
          bus,
          clock: new MonotonicClock(),
          person: new ScriptedOperator(async ({ step }, operator) => {
            await moveToMiddle(arm);
            if (step === 'range') for (const fraction of [0.5, 0, 0.5, 1, 0.5]) await moveTo(arm, operator, fraction);
          }),
          dataDirectory: folder.path,
          id: null,
          importFile: null,
          measureDirections: false,
          restart: false,
          yes: false,
          torqueOffAgreed: false,
          holdSocketPath: null,
          signal: new AbortController().signal,
        });
      // The connection is lost while the third servo is being written.
      let writes = 0;
      const failing = new Proxy(bus, {
        get: (target, key) =>
          key === 'write'
            ? (id: number, register: string, value: number) => {
                if (register === 'maximumPosition' && ++writes >= 3) throw new SoftqdError('E_SERIAL_LOST', 'gone');
                return target.write(id, register, value);
              }
            : (Reflect.get(target, key, target) as unknown),
      });
      await assert.rejects(run(failing), { code: 'E_SERIAL_LOST' });
      assert.match(readFileSync(path, 'utf8'), /"writing": true/);
      await assert.rejects(readCalibration({ dataDirectory: folder.path, robot: arm.robot, id: null }), {
        code: 'E_CALIBRATION',
      });
      const { calibration } = await run(bus);
      assert.deepEqual(await readCalibration({ dataDirectory: folder.path, robot: arm.robot, id: null }), calibration);
    } finally {
      await bus.close();
      arm.close();
    }
  });
});
