import assert from 'node:assert/strict';
import { parseRobot } from '../../../src/robot/parse-robot.ts';
import { integerMultiple } from '../../../src/robot/periods.ts';
import { arm2Robot, pendulumRobot, point2Robot } from '../../support/robots.ts';
import { loadRobot, robotJson } from '../../support/simulator.ts';

type Json = Record<string, unknown>;

/** arm2's file with one change. */
function arm2With(
  change: (robot: Json & { joints: (Json & { limits: Json })[]; sensors: Json[]; world: Json }) => void,
): unknown {
  const robot = structuredClone(robotJson('arm2')) as Parameters<typeof change>[0];
  change(robot);
  return robot;
}

describe('parseRobot', () => {
  it('reads the shipped robots', () => {
    for (const [name, expected] of Object.entries({ pendulum: pendulumRobot, arm2: arm2Robot, point2: point2Robot })) {
      const robot = loadRobot(name);
      assert.equal(robot.name, name);
      assert.equal(robot.controlPeriodS, expected.controlPeriodS);
      assert.deepEqual(robot.sensors, expected.sensors);
      const words = ({ joints }: typeof robot): unknown[] =>
        joints.map(({ name, kind, commandMode, limits }) => ({ name, kind, commandMode, limits }));
      assert.deepEqual(words(robot), words(expected));
    }
    assert.deepEqual(loadRobot('arm2').world, { type: 'mujoco', modelFile: 'model.xml', physicsStepS: 0.005 });
  });

  for (const [what, change, message] of [
    [
      'an unknown key, naming the nearest known one',
      (r) => (r['controlPeriodMs'] = 20),
      /arm2\.json5: robot\.controlPeriodMs is not a key; did you mean controlPeriodS\?/,
    ],
    [
      'an unknown key of a joint',
      (r) => (r.joints[1]!['comandMode'] = 'effort'),
      /robot\.joints\[1\]\.comandMode is not a key; did you mean commandMode\?/,
    ],
    [
      'an unknown limit',
      (r) => (r.joints[0]!.limits['maxEffort'] = 1),
      /robot\.joints\[0\]\.limits\.maxEffort is not a key; did you mean maxEffortNmOrN\?/,
    ],
    ['a missing key', (r) => delete r['title'], /robot\.title is missing/],
    ['a name that is no folder name', (r) => (r['name'] = '../arm2'), /robot\.name is '\.\.\/arm2'/],
    ['no joints', (r) => (r['joints'] = []), /robot\.joints has 0 elements: must have 1 to 64/],
    ['two joints of one name', (r) => (r.joints[1]!['name'] = 'shoulder'), /robot\.joints names 'shoulder' twice/],
    [
      'a command mode that does not exist',
      (r) => (r.joints[0]!['commandMode'] = 'torque'),
      /is 'torque': must be one of position, velocity, effort/,
    ],
    [
      'a limit that is not a number',
      (r) => (r.joints[0]!.limits['maxEffortNmOrN'] = '0.3'),
      /maxEffortNmOrN is not a number/,
    ],
    [
      'a limit that is NaN',
      (r) => (r.joints[0]!.limits['maxEffortNmOrN'] = NaN),
      /maxEffortNmOrN is NaN: must be a number/,
    ],
    [
      'an effort limit of zero',
      (r) => (r.joints[0]!.limits['maxEffortNmOrN'] = 0),
      /maxEffortNmOrN is 0: must be greater than 0/,
    ],
    [
      'a position range the wrong way round',
      (r) => (r.joints[1]!.limits['minPositionRadOrM'] = 3),
      /minPositionRadOrM is 3: must be less than maxPositionRadOrM 2\.8/,
    ],
    ['a sensor of no size', (r) => (r.sensors[0]!['size'] = 0), /robot\.sensors\[0\]\.size is 0/],
    ['a sensor of half a value', (r) => (r.sensors[0]!['size'] = 2.5), /size is 2\.5: must be an integer/],
    [
      'a sensor from nowhere',
      (r) => (r.sensors[0]!['source'] = 'tip'),
      /source is 'tip': must be qpos, qvel, site:NAME/,
    ],
    [
      'fewer names of elements than values',
      (r) => (r.sensors[0]!['elements'] = ['x', 'y']),
      /sensors\[0\]\.elements has 2 elements: must have 3 to 3/,
    ],
    [
      'an element without a name',
      (r) => (r.sensors[0]!['elements'] = ['x', '', 'z']),
      /elements must be a list of names of letters and digits, one per value/,
    ],
    ['an element named twice', (r) => (r.sensors[0]!['elements'] = ['x', 'y', 'x']), /elements names an element twice/],
    [
      'a period that is no multiple of the physics step',
      (r) => (r['controlPeriodS'] = 0.012),
      /controlPeriodS is 0\.012: must be a multiple of world\.physicsStepS 0\.005/,
    ],
    [
      'a model outside the robot folder',
      (r) => (r.world['modelFile'] = '../pendulum/model.xml'),
      /must be a file name in the directory of robot\.json5/,
    ],
    [
      'a world of both kinds',
      (r) => (r.world['name'] = 'pendulum'),
      /robot\.world\.name belongs to type closed-form only/,
    ],
  ] as [string, Parameters<typeof arm2With>[0], RegExp][]) {
    it(`rejects ${what}`, () => {
      assert.throws(
        () => parseRobot(arm2With(change), 'arm2.json5'),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'E_ROBOT_FILE');
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('rejects a value that is not an object', () => {
    for (const json of [null, 3, 'arm2', [], undefined]) {
      assert.throws(() => parseRobot(json, 'x.json5'), {
        code: 'E_ROBOT_FILE',
        message: 'x.json5: robot must be an object',
      });
    }
  });

  it('accepts hardware without a world', () => {
    const robot = parseRobot(
      arm2With((r) => (delete (r as Json)['world'], (r['kind'] = 'hardware'))),
      'arm2.json5',
    );
    assert.equal(robot.world, undefined);
  });
});

describe('wholeMultiple', () => {
  it('counts steps in a period despite rounding errors', () => {
    assert.equal(integerMultiple(0.02, 0.005), 4);
    assert.equal(integerMultiple(0.3, 0.1), 3);
    assert.equal(integerMultiple(0.05, 0.05), 1);
  });

  it('returns null for a result that is not an integer, not positive or not finite', () => {
    for (const [period, step] of [
      [0.02, 0.003],
      [0.004, 0.005],
      [0, 0.005],
      [-0.02, 0.005],
      [0.02, 0],
      [NaN, 1],
      [1, NaN],
      [Infinity, 1],
    ] as const) {
      assert.equal(integerMultiple(period, step), null, `${period} / ${step}`);
    }
  });
});
