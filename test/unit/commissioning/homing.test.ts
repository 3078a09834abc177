import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { calibrationFrom } from '../../../src/commissioning/calibration/homing.ts';
import { RangeRecorder, wrapToHalfTurn } from '../../../src/commissioning/calibration/range-recorder.ts';
import { loadRobot } from '../../support/simulator.ts';

const so101 = loadRobot('so101');
const koch = loadRobot('koch');

function range(min: number, max: number): { min: number; max: number; present: number; continuous: boolean } {
  return { min, max, present: 0, continuous: false };
}

function turn(steps: number): number {
  return ((steps % 4096) + 4096) % 4096;
}

/** Present position of a servo with this offset when its encoder is at `actual`. */
function reads({ servoBus }: RobotSpec, actual: number, offset: number): number {
  return servoBus!.protocol === 'feetech' ? turn(actual - offset) : actual + offset;
}

describe('homing', () => {
  it('makes every middle pose of a Feetech servo read 2048 (or 2047, where the offset has no more bits), for any previous offset', () => {
    const steps = fc.integer({ min: 0, max: 4095 });
    const offset = fc.integer({ min: -2047, max: 2047 });
    fc.assert(
      fc.property(steps, offset, (actual, previousOffsetSteps) => {
        const middle = { presentSteps: reads(so101, actual, previousOffsetSteps), previousOffsetSteps };
        const { values, truncatedFraction } = calibrationFrom(so101, 0, middle, range(-1000, 900));
        const now = reads(so101, actual, values.homingOffsetSteps);
        assert.ok(actual === 0 ? now === 2047 : now === 2048, `${now}`);
        assert.deepEqual([values.minimumSteps, values.maximumSteps, truncatedFraction], [now - 1000, now + 900, 0]);
        assert.ok(Math.abs(values.homingOffsetSteps) <= 2047);
      }),
    );
  });

  it('keeps a Dynamixel’s offset within its quarter turn and its range within one turn of the encoder', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4095 }),
        fc.integer({ min: -1024, max: 1024 }),
        fc.integer({ min: -1300, max: -100 }),
        fc.integer({ min: 100, max: 1300 }),
        (actual, previousOffsetSteps, min, max) => {
          const middle = { presentSteps: actual + previousOffsetSteps, previousOffsetSteps };
          const inside = Math.min(actual + min, 4095 - actual - max);
          let homed;
          try {
            homed = calibrationFrom(koch, 0, middle, range(min, max));
          } catch (error) {
            assert.equal((error as { code: string }).code, 'E_CALIBRATION');
            assert.ok(-2 * inside > (max - min) / 2 - 1, 'refused only when half of it is lost');
            return;
          }
          const { homingOffsetSteps: offset, minimumSteps, maximumSteps } = homed.values;
          assert.ok(Math.abs(offset) <= 1024);
          for (const end of [minimumSteps, maximumSteps]) {
            assert.ok(end >= 0 && end <= 4095, `register ${end}`);
            assert.ok(end - offset >= 0 && end - offset <= 4095, `encoder ${end - offset}`);
          }
          // The range is reduced on both sides: its middle does not change.
          assert.equal(turn((minimumSteps + maximumSteps) / 2 - (actual + offset + (min + max) / 2)), 0);
          if (inside >= 0) assert.equal(homed.truncatedFraction, 0);
        },
      ),
    );
  });

  it('ignores an offset that a Dynamixel ignores', () => {
    const { values } = calibrationFrom(koch, 0, { presentSteps: 2000, previousOffsetSteps: 1500 }, range(-500, 500));
    assert.equal(values.homingOffsetSteps, 48);
  });

  it('puts the middle of the range at 2048 when the middle pose was too far from it', () => {
    for (const robot of [so101, koch]) {
      const middle = { presentSteps: 2000 + 1500, previousOffsetSteps: 0 };
      const { values, truncatedFraction } = calibrationFrom(robot, 0, middle, range(-1500 - 1700, -1500 + 1700));
      assert.equal(truncatedFraction, 0);
      assert.deepEqual([values.minimumSteps, values.maximumSteps], [2048 - 1700, 2048 + 1700]);
      assert.equal(values.homingOffsetSteps, robot === so101 ? -48 : 48);
    }
  });

  it('sets the range of a continuous joint to a full turn', () => {
    const free = { ...range(-2048, 2047), continuous: true };
    const { values } = calibrationFrom(so101, 4, { presentSteps: 100, previousOffsetSteps: 0 }, free);
    assert.deepEqual([values.minimumSteps, values.maximumSteps], [0, 4095]);
  });
});

describe('the range recorder', () => {
  it('follows a joint through the point where its encoder wraps around', () => {
    const recorder = new RangeRecorder([4000]);
    for (const steps of [4000, 4090, 5, 300, 4000, 3000]) recorder.add(0, steps);
    assert.deepEqual(recorder.ranges, [{ min: -1000, max: 396, present: -1000, continuous: false }]);
  });

  it('detects a joint that makes a full turn', () => {
    const recorder = new RangeRecorder([2048]);
    for (let steps = 2048; steps < 2048 + 4050; steps += 50) recorder.add(0, turn(steps));
    assert.equal(recorder.ranges[0]!.continuous, false);
    for (let steps = 2048; steps > 2048 - 100; steps -= 50) recorder.add(0, turn(steps));
    recorder.add(0, turn(2048 + 4096));
    assert.equal(recorder.ranges[0]!.continuous, true);
  });

  it('measures a range whose middle pose was far from its middle', () => {
    const recorder = new RangeRecorder([turn(2048 + 1500)]);
    for (let steps = 3548; steps > 248; steps -= 50) recorder.add(0, turn(steps));
    for (let steps = 248; steps <= 3848; steps += 50) recorder.add(0, turn(steps));
    assert.deepEqual(recorder.ranges, [{ min: -3300, max: 300, present: 300, continuous: false }]);
    // After an interruption the position of the joint within the coverage is known again.
    recorder.resume(0, 248);
    assert.equal(recorder.ranges[0]!.present, -3300);
  });

  it('does not count motion during an interruption as a turn', () => {
    const recorder = new RangeRecorder([2048], [range(-1900, 0)]);
    recorder.resume(0, 2048 + 1900);
    recorder.add(0, 2048 + 1890);
    assert.equal(recorder.ranges[0]!.continuous, false);
    assert.deepEqual([recorder.ranges[0]!.min, recorder.ranges[0]!.max], [-1900, 1890]);
  });

  it('accepts any difference within half a turn', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 20_000 }), (steps) => {
        const within = wrapToHalfTurn(steps);
        assert.ok(within >= -2048 && within < 2048);
        assert.equal(turn(within - steps), 0);
      }),
    );
  });
});
