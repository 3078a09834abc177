import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Calibration } from '../../../src/robot/calibration.ts';
import {
  calibrationMismatches,
  calibrationMismatch,
  calibrationOfServos,
} from '../../../src/robot/calibration-mismatches.ts';
import { calibrationSha256, calibrationText, parseCalibration } from '../../../src/robot/parse-calibration.ts';
import { loadRobot } from '../../support/simulator.ts';

const so101 = loadRobot('so101');
const koch = loadRobot('koch');

function calibration(robot = so101): Calibration {
  return {
    robot: robot.name,
    joints: robot.joints.map(({ name }, i) => ({
      name,
      id: robot.servoBus!.servos[i]!.id,
      direction: robot.servoBus!.servos[i]!.direction,
      homingOffsetSteps: 10 * i - 20,
      minimumSteps: 700 + i,
      // The gripper has less travel.
      maximumSteps: (i === 5 ? 1950 : 3300) + i,
    })),
  };
}

/** The `joints` object as LeRobot writes it. */
function leRobot(change: (joints: Record<string, Record<string, number>>) => void = () => undefined): string {
  const joints = Object.fromEntries(
    calibration().joints.map(({ name, id, homingOffsetSteps, minimumSteps, maximumSteps }) => [
      name,
      { id, drive_mode: 0, homing_offset: homingOffsetSteps, range_min: minimumSteps, range_max: maximumSteps },
    ]),
  );
  change(joints);
  return JSON.stringify(joints, null, 4);
}

function assertRejected(text: string, message: RegExp, robot = so101): void {
  assert.throws(
    () => parseCalibration(text, robot, 'arm.json'),
    (error: unknown) => {
      assert.ok(error instanceof SoftqdError);
      assert.deepEqual([error.code, error.exitCode], ['E_CALIBRATION', 3]);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe('a calibration file', () => {
  it('reads the values that were written, with any white space', () => {
    const text = calibrationText(calibration());
    assert.deepEqual(parseCalibration(text, so101, 'arm.json'), calibration());
    assert.deepEqual(parseCalibration(JSON.stringify(JSON.parse(text)), so101, 'arm.json'), calibration());
  });

  it('has a hash that changes with each value', () => {
    const { joints, ...rest } = calibration();
    const hashes = new Set([calibrationSha256(calibration())]);
    joints.forEach((_, at) => {
      for (const change of [
        { homingOffsetSteps: 1 },
        { minimumSteps: 1 },
        { maximumSteps: 4000 },
        { direction: -1 as const },
      ]) {
        hashes.add(
          calibrationSha256({
            ...rest,
            joints: joints.map((joint, i) => (i === at ? { ...joint, ...change } : joint)),
          }),
        );
      }
    });
    assert.equal(hashes.size, 1 + 4 * joints.length);
  });

  it('is rejected with a changed number or for another robot', () => {
    assertRejected(
      calibrationText(calibration()).replace('"minimumSteps": 702', '"minimumSteps": 703'),
      /calibration\.sha256 checksum mismatch/,
    );
    assertRejected(calibrationText(calibration()), /is 'so101': this is robot koch/, koch);
  });

  it('is rejected with file and key when it is not a calibration', () => {
    assertRejected('', /arm\.json is not JSON/);
    assertRejected('{"format":1', /not JSON/);
    assertRejected('[]', /calibration must be an object/);
    assertRejected('{}', /format is missing/);
    assertRejected(' '.repeat(300_000), /exceeds the maximum size of a calibration file/);
    assertRejected(calibrationText(calibration()).replace('"format": 1', '"format": 2'), /calibration\.format is 2/);
    assertRejected(calibrationText(calibration()).replace('"name"', '"nmae"'), /nmae is not a key; did you mean name/);
    assertRejected(calibrationText(calibration()).replace('"direction": 1', '"direction": 0'), /direction is 0/);
  });

  it('is rejected with E_CALIBRATION for any corrupt text', () => {
    const text = calibrationText(calibration());
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const broken = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        try {
          assert.deepEqual(parseCalibration(broken, so101, 'arm.json'), calibration());
        } catch (error) {
          assert.equal((error as SoftqdError).code, 'E_CALIBRATION');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('LeRobot’s calibration', () => {
  it('is read with its joints in any order', () => {
    assert.deepEqual(parseCalibration(leRobot(), so101, 'arm.json'), calibration());
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(leRobot()) as object).reverse()));
    assert.deepEqual(parseCalibration(reversed, so101, 'arm.json'), calibration());
  });

  it('reverses a joint with drive_mode 1 (Feetech)', () => {
    const text = leRobot((joints) => (joints['elbow_flex']!['drive_mode'] = 1));
    const directions = parseCalibration(text, so101, 'arm.json').joints.map(({ direction }) => direction);
    assert.deepEqual(directions, [1, 1, -1, 1, 1, 1]);
  });

  it('is rejected when it does not match the arm', () => {
    assertRejected(
      leRobot((joints) => delete joints['gripper']),
      /has 5 joints .*so101 has 6/,
    );
    assertRejected(
      leRobot((joints) => {
        joints['claw'] = joints['gripper']!;
        delete joints['gripper'];
      }),
      /has no joint gripper; its joints: .*claw/,
    );
    assertRejected(
      leRobot((joints) => (joints['gripper']!['id'] = 7)),
      /gripper: servo ID 7, expected 6/,
    );
    assertRejected(
      leRobot((joints) => (joints['gripper']!['range_max'] = 100)),
      /gripper: range 705 to 100/,
    );
    assertRejected(
      leRobot((joints) => (joints['gripper']!['range_min'] = -3)),
      /gripper: range -3 to 1955/,
    );
    assertRejected(
      leRobot((joints) => (joints['gripper']!['homing_offset'] = 2048)),
      /within -2047 to 2047/,
    );
    assertRejected(
      leRobot((joints) => (joints['gripper']!['homing_offset'] = 0.5)),
      /must be an integer/,
    );
    assertRejected(
      leRobot((joints) => (joints['gripper']!['color'] = 1)),
      /color is not a key/,
    );
  });

  it('of a Dynamixel arm limits the offset to a quarter turn and must match the drive mode', () => {
    const joints = Object.fromEntries(
      koch.joints.map(({ name }, i) => [
        name,
        {
          id: koch.servoBus!.servos[i]!.id,
          drive_mode: 0,
          homing_offset: -1024,
          range_min: 1100,
          range_max: 2750,
        },
      ]),
    );
    const text = JSON.stringify(joints);
    assert.equal(parseCalibration(text, koch, 'k.json').joints[0]!.homingOffsetSteps, -1024);
    assertRejected(text.replace('-1024', '-1025'), /homing offset -1025 counts only within -1024 to 1024/, koch);
    assertRejected(
      text.replace('"drive_mode":0', '"drive_mode":1'),
      /drive_mode is 1; the robot file configures/,
      koch,
    );
  });
});

describe('mismatches between file and servos', () => {
  const held = calibration().joints.map(({ id, homingOffsetSteps, minimumSteps, maximumSteps }) => ({
    id,
    homingOffsetSteps,
    minimumSteps,
    maximumSteps,
  }));

  it('are empty for equal values in any order', () => {
    assert.deepEqual(calibrationMismatches(calibration(), [...held].reverse()), []);
  });

  it('contain joint, servo and register, also for a servo that did not reply', () => {
    const other = held.slice(0, 5).map((servo) => (servo.id === 2 ? { ...servo, homingOffsetSteps: 5 } : servo));
    const differences = calibrationMismatches(calibration(), other);
    assert.deepEqual(
      differences.map(({ joint, register, file, servo }) => [joint, register, file, servo]),
      [
        ['shoulder_lift', 'homingOffset', -10, 5],
        ['gripper', 'homingOffset', 30, null],
        ['gripper', 'minimumPosition', 705, null],
        ['gripper', 'maximumPosition', 1955, null],
      ],
    );
    const error = calibrationMismatch('so101', differences);
    assert.deepEqual([error.code, error.exitCode], ['E_CALIBRATION', 3]);
    assert.match(error.message, /shoulder_lift \(servo 2\) homingOffset: -10 in the file, 5 in the servo/);
    assert.match(error.hint, /softqd calibrate --robot so101 .*--import FILE/);
  });

  it('without a file, accept the values of the servos but not factory settings', () => {
    assert.deepEqual(
      calibrationOfServos(so101, held).joints.map(({ minimumSteps }) => minimumSteps),
      [700, 701, 702, 703, 704, 705],
    );
    const factory = held.map(({ id }) => ({ id, homingOffsetSteps: 0, minimumSteps: 0, maximumSteps: 4095 }));
    assert.throws(() => calibrationOfServos(so101, factory), /so101: the servos are not calibrated/);
    const replaced = [...held.slice(0, 2), factory[2]!, ...held.slice(3)];
    assert.throws(
      () => calibrationOfServos(so101, replaced),
      /not calibrated \(factory settings\): elbow_flex; the other/,
    );
    const empty = held.map((servo) => (servo.id === 3 ? { ...servo, maximumSteps: servo.minimumSteps } : servo));
    assert.throws(() => calibrationOfServos(so101, empty), /servo 3 \(elbow_flex\): range 702 to 702 is not within/);
    assert.throws(() => calibrationOfServos(so101, held.slice(1)), /servo 1 \(shoulder_pan\) has no calibration/);
  });

  it('reject ranges that the joint cannot have', () => {
    const withRange = (id: number, minimumSteps: number, maximumSteps: number): (() => Calibration) => {
      const servos = held.map((servo) => (servo.id === id ? { ...servo, minimumSteps, maximumSteps } : servo));
      return () => calibrationOfServos(so101, servos);
    };
    assert.throws(withRange(2, 0, 4095), /shoulder_lift\): range 0 to 4095 is 180 % of the 2275 steps/);
    assert.throws(withRange(2, 2000, 2040), /shoulder_lift\): range 2000 to 2040 has only 40 steps/);
    assert.throws(withRange(2, 1000, 1900), /shoulder_lift\): range 1000 to 1900 is 40 % of/);
    assert.doesNotThrow(withRange(2, 1000, 1911));
    // LeRobot stores a whole turn for the wrist.
    assert.doesNotThrow(withRange(5, 0, 4094));
  });
});
