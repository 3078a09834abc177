import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseRobot } from '../../../../src/robot/parse-robot.ts';
import { createWorld } from '../../../../src/simulator/index.ts';
import { withTemporaryDirectory } from '../../../support/temporary.ts';

interface Case {
  readonly actuator: string;
  readonly mode?: string;
  readonly kind?: string;
  readonly limits?: Readonly<Record<string, number>>;
  readonly range?: string;
}

/** Loads a hinge with this actuator as a robot of this command mode. */
function load({ actuator, mode = 'position', kind = 'hardware', limits = {}, range = '-1 1' }: Case): Promise<void> {
  return withTemporaryDirectory(async (directory) => {
    writeFileSync(
      path.join(directory, 'model.xml'),
      `<mujoco><compiler angle="radian"/><option timestep="0.002"/><worldbody><body><joint name="hinge" range="${range}"/>
        <geom size="0.1"/></body></worldbody><actuator>${actuator}</actuator></mujoco>`,
    );
    const robot = {
      ...{ name: 'one', title: 'One', kind, sensors: [], controlPeriodS: 0.02, readingMaxAgeS: 0.06 },
      joints: [{ name: 'hinge', kind: 'revolute', commandMode: mode, limits, stopMode: 'hold' }],
      world: { type: 'mujoco', modelFile: 'model.xml', physicsStepS: 0.002 },
    };
    (await createWorld(parseRobot(robot, 'robot.json5'), directory)).dispose();
  });
}

const position = '<position name="a" joint="hinge" kp="5" kv="1"/>';

describe('a robot file and its model', function () {
  this.timeout(60_000);

  it('agree: servos and motors in the unit of the joint', async () => {
    await load({ actuator: position, limits: { minPositionRadOrM: -1, maxPositionRadOrM: 1.0002 } });
    await load({ actuator: '<velocity name="a" joint="hinge" kv="2"/>', mode: 'velocity' });
    await load({ actuator: '<motor name="a" joint="hinge"/>', mode: 'effort' });
    await load({
      actuator: '<motor name="a" joint="hinge" gear="120" ctrlrange="-1 1"/>',
      mode: 'effort',
      kind: 'simulated',
      limits: { maxEffortNmOrN: 1 },
    });
  });

  for (const [what, stated, message, values] of [
    [
      'the kind of command',
      { actuator: '<motor name="a" joint="hinge"/>' },
      /'hinge' has commandMode position in the robot file, a motor \(effort\) \(actuator 'a'\) in the model/,
      ['position', 'effort'],
    ],
    [
      'the law',
      { actuator: '<muscle name="a" joint="hinge" lengthrange="0.1 1"/>', mode: 'effort' },
      /no motor, position or velocity servo/,
      ['effort', 'another law'],
    ],
    [
      'the dynamics',
      { actuator: '<intvelocity name="a" joint="hinge" kp="5" actrange="-1 1"/>' },
      /commandMode position in the robot file, an actuator that integrates its control \(actuator 'a'\) in the model/,
      ['position', 'integrator'],
    ],
    [
      'the dynamics of a filter',
      { actuator: '<position name="a" joint="hinge" kp="5" timeconst="0.1"/>' },
      /commandMode position in the robot file, an actuator that acts through a filter \(actuator 'a'\) in the model/,
      ['position', 'filter'],
    ],
    [
      'the gear',
      { actuator: '<position name="a" joint="hinge" kp="5" gear="2"/>' },
      /acts as 0\.5: actuator 'a' has gear 2/,
      [1, 0.5],
    ],
    [
      'the gear of a motor',
      { actuator: '<motor name="a" joint="hinge" gear="3"/>', mode: 'effort' },
      /acts as 3/,
      [1, 3],
    ],
    [
      'the range of the joint',
      { actuator: position, limits: { minPositionRadOrM: -1.5, maxPositionRadOrM: 1 } },
      /ranges over -1\.5 to 1 in the robot file, joint of the model only over -1 to 1/,
      ['-1.5 to 1', '-1 to 1'],
    ],
    [
      'the range of the servo',
      {
        actuator: position.replace('/>', ' ctrlrange="-0.5 1"/>'),
        limits: { minPositionRadOrM: -1, maxPositionRadOrM: 1 },
      },
      /actuator 'a' of the model only over -0\.5 to 1/,
      ['-1 to 1', '-0.5 to 1'],
    ],
    [
      'the largest effort',
      { actuator: '<motor name="a" joint="hinge" ctrlrange="-2 3"/>', mode: 'effort', limits: { maxEffortNmOrN: 3 } },
      /limit of 3 in the robot file, actuator 'a' of the model takes only -2 to 3/,
      [3, '-2 to 3'],
    ],
  ] as [string, Case, RegExp, unknown[]][]) {
    it(`are refused, with both values, when ${what} differs`, async () => {
      await assert.rejects(
        load(stated),
        (error: { code?: string; message: string; values?: Record<string, unknown> }) => {
          assert.equal(error.code, 'E_ROBOT_FILE');
          assert.match(error.message, message);
          assert.deepEqual(
            [error.values!['robotFile'], error.values!['model'], error.values!['joint']],
            [...values, 'hinge'],
          );
          return true;
        },
      );
    });
  }
});
