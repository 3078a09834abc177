import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMechanics } from '../../../src/virtual/create-mechanics.ts';
import { HandGuide, type HandGuideEvent } from '../../../src/virtual/hand-guide.ts';
import type { Mechanics } from '../../../src/virtual/mechanics.ts';
import type { JointDrive } from '../../../src/virtual/port.ts';
import { LEVER_MODEL, leverRobot } from '../../support/lever-robot.ts';

const TORQUE_OFF: JointDrive = { kind: 'torque-off' };
const OFF: JointDrive = { kind: 'effort', effortNmOrN: 0 };
/** Of a servo that turns once with its joint, in rad. */
const STEP = (2 * Math.PI) / 4096;
const RANGES = [
  { low: -1.5, middle: 0, high: 1.5 },
  { low: -0.5, middle: 0.5, high: 1.5 },
];
/** The levers as continuous joints. */
const STOPPED_MODEL = LEVER_MODEL.replace(
  'name="a" type="hinge"',
  'name="a" type="hinge" limited="true" range="-1.5 1.5"',
);

interface Happened {
  readonly event: HandGuideEvent;
  readonly positions: readonly number[];
}

for (const model of [true, false]) {
  describe(`hand guiding of ${model ? 'a MuJoCo model' : 'joints without a model'}`, function () {
    this.timeout(30_000);
    let directory: string;
    let mechanics: Mechanics;
    let happened: Happened[];
    let passSeconds: (seconds: number, each?: () => void) => void;
    let drives: JointDrive[];

    before(() => {
      directory = mkdtempSync(path.join(tmpdir(), 'softqd-hand-'));
      writeFileSync(path.join(directory, 'model.xml'), STOPPED_MODEL);
    });
    after(() => rmSync(directory, { recursive: true }));
    beforeEach(async () => {
      mechanics = await createMechanics(leverRobot({ model }), directory, false);
      happened = [];
      drives = [TORQUE_OFF, TORQUE_OFF];
      const hand = new HandGuide({
        robot: leverRobot({ model }),
        mechanics,
        onEvent: (event) => happened.push({ event, positions: [...mechanics.positions] }),
      });
      let nowNs = 0;
      passSeconds = (seconds, each) => {
        for (const endNs = nowNs + seconds * 1e9; nowNs < endNs;) {
          nowNs += mechanics.stepS * 1e9;
          mechanics.step(drives, hand.efforts(drives, nowNs));
          each?.();
        }
      };
    });
    afterEach(() => mechanics.dispose());

    it('moves every joint to its middle and keeps it there against gravity', () => {
      passSeconds(2);
      assert.deepEqual(
        happened.map(({ event }) => event),
        [{ event: 'hand-guiding', phase: 'middle' }],
      );
      passSeconds(4, () => {
        for (const [i, { middle }] of RANGES.entries()) {
          assert.ok(Math.abs(mechanics.positions[i]! - middle) < STEP, `${i}: ${mechanics.positions[i]!}`);
        }
      });
    });

    it('moves one joint after the other from end to end, emits events, and repeats', () => {
      const seen = RANGES.map(() => ({ low: Infinity, high: -Infinity }));
      let fastest = 0;
      passSeconds(18, () => {
        for (const [i, range] of seen.entries()) {
          range.low = Math.min(range.low, mechanics.positions[i]!);
          range.high = Math.max(range.high, mechanics.positions[i]!);
          fastest = Math.max(fastest, Math.abs(mechanics.velocities[i]!));
        }
      });
      for (const [i, { low, high }] of RANGES.entries()) {
        assert.ok(Math.abs(seen[i]!.low - low) < 3 * STEP, `${i}: ${seen[i]!.low}`);
        assert.ok(Math.abs(seen[i]!.high - high) < 3 * STEP, `${i}: ${seen[i]!.high}`);
      }
      assert.ok(fastest < 4, `${fastest} rad/s`);
      const words = happened.map(({ event }) =>
        event.phase === 'middle' ? 'middle' : `${event.joint} ${event.phase === 'end' ? event.end : 'range'}`,
      );
      const round = ['middle', ...['a', 'b'].flatMap((name) => [`${name} range`, `${name} lowest`, `${name} highest`])];
      assert.deepEqual(words, [...round, ...round].slice(0, words.length));
      assert.ok(words.length > round.length);
      for (const { event, positions } of happened) {
        if (event.phase !== 'end') continue;
        const joint = event.joint === 'a' ? 0 : 1;
        const end = event.end === 'lowest' ? RANGES[joint]!.low : RANGES[joint]!.high;
        assert.ok(Math.abs(positions[joint]! - end) < STEP, `${event.joint} ${event.end}: ${positions[joint]!}`);
      }
    });

    it('does not push a joint with torque, and emits no event for it', async () => {
      drives = [OFF, TORQUE_OFF];
      const alone = await createMechanics(leverRobot({ model }), directory, false);
      passSeconds(12, () => alone.step(drives));
      assert.ok(Math.abs(mechanics.positions[0]! - alone.positions[0]!) < 1e-9);
      alone.dispose();
      assert.ok(happened.every(({ event }) => !('joint' in event) || event.joint === 'b'));
      assert.ok(happened.some(({ event }) => event.phase === 'end'));
    });

    it('releases a joint during a movement, and resumes at its position', () => {
      const range = () => happened.some(({ event }) => event.phase === 'range');
      while (!range()) passSeconds(0.1);
      passSeconds(0.4);
      const effort = -0.1;
      drives = [{ kind: 'effort', effortNmOrN: effort }, TORQUE_OFF];
      passSeconds(0.01);
      assert.equal(mechanics.efforts[0], effort);
      passSeconds(5);
      assert.ok(happened.every(({ event }) => event.phase !== 'end' || event.joint !== 'a'));
      assert.ok(happened.some(({ event }) => event.phase === 'end' && event.joint === 'b'));
      const before = mechanics.positions[0]!;
      drives = [TORQUE_OFF, TORQUE_OFF];
      passSeconds(0.02);
      assert.ok(Math.abs(mechanics.positions[0]! - before) < 0.1, 'no jump');
      passSeconds(2);
      assert.ok(Math.abs(mechanics.positions[0]!) < STEP, `${mechanics.positions[0]!}`);
    });

    it('pauses while every motor has torque, and starts with the middle when torque is off', () => {
      drives = [OFF, OFF];
      passSeconds(3);
      assert.deepEqual(happened, []);
      drives = [TORQUE_OFF, TORQUE_OFF];
      passSeconds(2);
      assert.deepEqual(
        happened.map(({ event }) => event),
        [{ event: 'hand-guiding', phase: 'middle' }],
      );
    });

    it('abandons an end that a jammed joint cannot reach', () => {
      passSeconds(2);
      mechanics.setStuck(0, true);
      passSeconds(12);
      assert.ok(happened.some(({ event }) => event.phase === 'end' && event.joint === 'b'));
      assert.ok(Math.abs(mechanics.positions[0]!) < STEP);
    });
  });
}
