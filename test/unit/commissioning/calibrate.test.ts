import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { SerialServoBus } from '../../../src/servo/index.ts';
import type { Calibration } from '../../../src/robot/calibration.ts';
import { calibrationMismatches } from '../../../src/robot/calibration-mismatches.ts';
import { calibrationText } from '../../../src/robot/parse-calibration.ts';
import { calibrate, type CalibrateEvent, type CalibrateOptions } from '../../../src/commissioning/index.ts';
import { readCalibration } from '../../../src/servo/index.ts';
import { COMMISSIONING_RETRIES, readServoCalibrations } from '../../../src/servo/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { temporaryDirectory } from '../../support/cli.ts';
import { eventually, startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';

type Question = Extract<CalibrateEvent, { event: 'prompt' }>;

/** Somebody who does what is asked, one answer a question: moves the arm, then presses Enter. */
class Helper {
  readonly events: CalibrateEvent[] = [];
  readonly notes: string[] = [];
  readonly questions: Question[] = [];
  private readonly answer: (question: Question, helper: Helper) => Promise<void>;

  constructor(answer: (question: Question, helper: Helper) => Promise<void>) {
    this.answer = answer;
  }

  emit(event: CalibrateEvent): void {
    this.events.push(event);
  }

  info(text: string): void {
    this.notes.push(text);
  }

  async waitForEnter(question: { step: string; text: string }, signal: AbortSignal): Promise<void> {
    const asked: Question = { event: 'prompt', ...question };
    this.questions.push(asked);
    await this.answer(asked, this);
    signal.throwIfAborted();
  }

  /** Rows of the live table that were shown last. */
  get rows(): Extract<CalibrateEvent, { event: 'range' }>['joints'] {
    return this.events.findLast((event) => event.event === 'range')?.joints ?? [];
  }
}

/** Puts every joint in its middle by hand, once the motors let go. */
async function middle(arm: VirtualArm): Promise<void> {
  arm.hold(0.5);
  await eventually(() => arm.mechanics.limp.every(Boolean) && arm.isHeld(), 'the arm is in its middle');
}

/** Moves every joint to a part of its range and waits until the table has seen it. */
async function moveTo(arm: VirtualArm, helper: Helper, part: number): Promise<void> {
  arm.hold(part);
  const expected = arm.robot.joints.map(({ limits }, i) => {
    const { direction, travelPerTurnRadOrM } = arm.robot.servoBus!.servos[i]!;
    return (
      (direction * (part - 0.5) * (limits.maxPositionRadOrM! - limits.minPositionRadOrM!) * 4096) / travelPerTurnRadOrM
    );
  });
  await eventually(
    () => helper.rows.length > 0 && helper.rows.every((row, i) => Math.abs(row.presentSteps - 2048 - expected[i]!) < 4),
    `the table shows the joints at ${part}`,
  );
}

for (const name of ['so101', 'koch']) {
  describe(`calibrating ${name}`, () => {
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

    const run = (helper: Helper, more: Partial<CalibrateOptions> = {}): ReturnType<typeof calibrate> =>
      calibrate({
        robot: arm.robot,
        bus,
        clock: new MonotonicClock(),
        person: helper,
        dataDirectory: folder.path,
        importFile: null,
        measureDirections: false,
        restart: false,
        yes: false,
        signal: new AbortController().signal,
        ...more,
      });

    const byTheBook = (): Helper =>
      new Helper(async ({ step }, helper) => {
        await middle(arm);
        if (step !== 'range') return;
        for (const part of [0.5, 0, 0.5, 1, 0.5]) await moveTo(arm, helper, part);
      });

    const heldNow = async (): Promise<Awaited<ReturnType<typeof readServoCalibrations>>> =>
      readServoCalibrations(
        bus,
        arm.robot.servoBus!.servos.map(({ id }) => id),
        COMMISSIONING_RETRIES,
      );

    it('makes the middle read 2048 and the range what was moved by hand, in servos and file alike', async () => {
      const helper = byTheBook();
      const { calibration, written, file } = await run(helper);
      assert.equal(helper.notes.length, name === 'koch' ? 1 : 0, helper.notes.join(' | '));
      for (const [i, joint] of calibration.joints.entries()) {
        const { minPositionRadOrM: low, maxPositionRadOrM: high } = arm.robot.joints[i]!.limits;
        const middle = (joint.minimumSteps + joint.maximumSteps) / 2;
        assert.ok(Math.abs(middle - 2048) < 5, `${joint.name} ${middle}`);
        // A Dynamixel cannot pass its encoder's zero: koch's wrist turns nearly all round.
        if (helper.notes.some((note) => note.startsWith(`${joint.name}: `) && note.includes('left out'))) continue;
        const half = ((high! - low!) / 2 / arm.robot.servoBus!.servos[i]!.travelPerTurnRadOrM) * 4096;
        assert.ok(Math.abs(joint.minimumSteps - (2048 - half)) < 5, `${joint.name} ${joint.minimumSteps}`);
        assert.ok(Math.abs(joint.maximumSteps - (2048 + half)) < 5, `${joint.name} ${joint.maximumSteps}`);
      }
      assert.ok(written >= 2 * calibration.joints.length);
      assert.deepEqual(calibrationMismatches(calibration, await heldNow()), []);
      assert.deepEqual(await readCalibration(folder.path, arm.robot), calibration);
      assert.equal(file, join(folder.path, 'calibration', `${name}.json`));
      assert.equal(existsSync(join(folder.path, 'calibration', `${name}.unfinished.json`)), false);
      // Every joint stands in its middle: the servos now say so themselves.
      for (const joint of calibration.joints) {
        assert.ok(Math.abs((await bus.read(joint.id, 'presentPosition')) - 2048) < 3, joint.name);
        assert.equal(await bus.read(joint.id, 'torqueEnable'), 0);
        if (bus.protocol.lock !== null) assert.equal(await bus.read(joint.id, 'lock'), 1);
      }
    });

    it('asks on until every joint was moved, naming those that were not', async () => {
      let ranges = 0;
      const helper = new Helper(async ({ step }, self) => {
        await middle(arm);
        if (step !== 'range') return;
        ranges += 1;
        await moveTo(arm, self, 0.5);
        if (ranges === 2) for (const part of [0, 0.5, 1, 0.5]) await moveTo(arm, self, part);
      });
      await run(helper);
      const texts = helper.questions.map(({ text }) => text);
      assert.equal(texts.length, 3);
      assert.match(texts[2]!, /^Not moved yet: shoulder_pan, .*gripper/);
    });

    it('touches no servo before all is measured, and goes on where it was interrupted', async () => {
      await run(byTheBook());
      const before = await heldNow();
      const controller = new AbortController();
      const interrupted = new Helper(async ({ step }, self) => {
        await middle(arm);
        if (step !== 'range') return;
        for (const part of [0.5, 0]) await moveTo(arm, self, part);
        controller.abort();
      });
      await assert.rejects(run(interrupted, { signal: controller.signal }), { name: 'AbortError' });
      assert.deepEqual(await heldNow(), before);
      for (const { id } of before) assert.equal(await bus.read(id, 'torqueEnable'), 0);

      const rest = new Helper(async (_question, self) => {
        for (const part of [0.5, 1, 0.5]) await moveTo(arm, self, part);
      });
      const { calibration } = await run(rest);
      assert.deepEqual(
        rest.questions.map(({ step }) => step),
        ['range'],
      );
      assert.match(rest.notes[0]!, /goes on where it stopped/);
      for (const [i, joint] of calibration.joints.entries()) {
        const { minimumSteps, maximumSteps } = before[i]!;
        assert.ok(
          Math.abs(joint.minimumSteps - minimumSteps) < 5 && Math.abs(joint.maximumSteps - maximumSteps) < 5,
          joint.name,
        );
      }
    });

    it('says when it stops that nothing was written, and begins from the start when told to', async () => {
      const controller = new AbortController();
      const interrupted = new Helper(async ({ step }) => {
        await middle(arm);
        if (step === 'range') controller.abort();
      });
      await assert.rejects(run(interrupted, { signal: controller.signal }), { name: 'AbortError' });
      assert.match(interrupted.notes.at(-1)!, /^No servo was changed.*goes on there/);
      const again = byTheBook();
      await run(again, { restart: true });
      assert.deepEqual(
        again.questions.map(({ step }) => step),
        ['middle', 'range'],
      );
    });

    it('lives with answers that are lost for a while, not with a servo that stays silent', async () => {
      let silentUntilMs = 0;
      const shaky = new Proxy(bus, {
        get: (target, key) =>
          key === 'syncRead'
            ? async (request: Parameters<SerialServoBus['syncRead']>[0]) => {
                const answers = await target.syncRead(request);
                if (performance.now() > silentUntilMs) return answers;
                return answers.map(({ id }) => ({ kind: 'failed', id, code: 'E_SERVO_NO_REPLY', detail: 'silent' }));
              }
            : (Reflect.get(target, key, target) as unknown),
      });
      const unplugs = (ms: number, after: (helper: Helper) => Promise<void>): Helper =>
        new Helper(async ({ step }, helper) => {
          await middle(arm);
          if (step !== 'range') return;
          await moveTo(arm, helper, 0.5);
          silentUntilMs = performance.now() + ms;
          await after(helper);
        });
      const moves = async (helper: Helper): Promise<void> => {
        for (const part of [0, 0.5, 1, 0.5]) await moveTo(arm, helper, part);
      };
      await run(unplugs(300, moves), { bus: shaky, restart: true });
      const forEver = unplugs(60_000, () => new Promise(() => undefined));
      await assert.rejects(run(forEver, { bus: shaky, restart: true }), { code: 'E_SERVO_NO_REPLY' });
    }).timeout(10_000);

    it('writes from a file what differs, after asking, and nothing the second time', async () => {
      const calibration: Calibration = {
        robot: name,
        joints: arm.robot.joints.map((joint, i) => ({
          name: joint.name,
          id: arm.robot.servoBus!.servos[i]!.id,
          direction: arm.robot.servoBus!.servos[i]!.direction,
          homingOffsetSteps: 7 - i,
          minimumSteps: 800,
          maximumSteps: 3200,
        })),
      };
      const importFile = join(folder.path, 'mine.json');
      writeFileSync(importFile, calibrationText(calibration));
      const helper = new Helper(() => Promise.resolve());
      assert.equal((await run(helper, { importFile })).written, 18);
      assert.deepEqual(
        helper.questions.map(({ step }) => step),
        ['write'],
      );
      assert.deepEqual(calibrationMismatches(calibration, await heldNow()), []);
      const again = new Helper(() => Promise.reject(new Error('nobody is asked')));
      assert.equal((await run(again, { importFile })).written, 0);
    });
  });
}

describe('an interrupted calibration', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());

  it('that had begun to write blocks arming until it is ended', async function () {
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
          person: new Helper(async ({ step }, helper) => {
            await middle(arm);
            if (step === 'range') for (const part of [0.5, 0, 0.5, 1, 0.5]) await moveTo(arm, helper, part);
          }),
          dataDirectory: folder.path,
          importFile: null,
          measureDirections: false,
          restart: false,
          yes: false,
          signal: new AbortController().signal,
        });
      // Power fails while the third servo is being written.
      let writes = 0;
      const failing = new Proxy(bus, {
        get: (target, key) =>
          key === 'write'
            ? (id: number, register: string, value: number) => {
                if (register === 'maximumPosition' && ++writes === 3) throw new SoftqdError('E_SERIAL_LOST', 'gone');
                return target.write(id, register, value);
              }
            : (Reflect.get(target, key, target) as unknown),
      });
      await assert.rejects(run(failing), { code: 'E_SERIAL_LOST' });
      assert.match(readFileSync(path, 'utf8'), /"writing": true/);
      await assert.rejects(readCalibration(folder.path, arm.robot), { code: 'E_CALIBRATION' });
      const { calibration } = await run(bus);
      assert.deepEqual(await readCalibration(folder.path, arm.robot), calibration);
    } finally {
      await bus.close();
      arm.close();
    }
  });
});
