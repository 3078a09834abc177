import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createWorld } from '../../../../src/simulator/index.ts';
import { importRobotFile, type RobotImport } from '../../../../src/simulator/robot-import/index.ts';
import { withTemporaryDirectory } from '../../../support/temporary.ts';

/** Two links, of which the second changes the inertia about the first joint a lot. */
function arm(actuators: string, { option = '', joint = '' } = {}): string {
  const link = '<geom type="capsule" size="0.02" fromto="0 0 0 0 0 0.2"/>';
  return `<mujoco><compiler angle="radian"/>${option}<worldbody><body name="l1" pos="0 0 0.2">
    <joint name="j1" axis="0 0 1" range="-1.5 1.5" ${joint}/>${link}
    <body name="l2" pos="0 0 0.2"><joint name="j2" axis="0 1 0" range="-1.5 1.5" ${joint}/>${link}</body></body></worldbody>
    ${actuators === '' ? '' : `<actuator>${actuators}</actuator>`}</mujoco>`;
}

const importArm = (text: string): Promise<RobotImport> =>
  withTemporaryDirectory((directory) => {
    const file = path.join(directory, 'arm.xml');
    writeFileSync(file, text);
    return importRobotFile({ file, name: 'arm', tip: null, packages: new Map() });
  });

const J2 = '<position name="b" joint="j2" kp="5" kv="0.5"/>';
const HEAVY = { joint: 'damping="0.5" armature="0.05"' };

describe('the actuators of an MJCF', function () {
  this.timeout(60_000);

  it('that integrate their control, or filter it, become servos of the same gains and limits, with a note', async () => {
    const integrator = '<intvelocity name="a" joint="j1" kp="50" ctrlrange="-2 3" actrange="-1.4 1.4"/>';
    const { robot, notes, files } = await importArm(arm(integrator + J2, HEAVY));
    assert.deepEqual(robot.joints[0]!.commandMode, 'position');
    assert.deepEqual(robot.joints[0]!.limits, {
      minPositionRadOrM: -1.4,
      maxPositionRadOrM: 1.4,
      maxVelocityRadOrMPerS: 2,
    });
    assert.match(
      notes.join('\n'),
      /actuator a: it integrates its control into the position of joint j1; a position servo/,
    );
    assert.match(String(files.get('model.xml')), /name="a" joint="j1" [^>]*dyntype="none"[^>]* gainprm="50"/);
    const filter = J2.replace('/>', ' timeconst="0.1"/>') + '<velocity name="a" joint="j1" kv="5"/>';
    const filtered = await importArm(arm(filter, HEAVY));
    assert.match(filtered.notes.join('\n'), /actuator b: it acts on joint j2 through a filter; an equal one without/);
    assert.doesNotMatch(String(filtered.files.get('model.xml')), /timeconst/);
    const inParent = await importArm(arm(J2.replace(' joint=', ' jointinparent='), HEAVY));
    assert.deepEqual(
      inParent.robot.joints.map(({ name }) => name),
      ['j2'],
    );
  });

  it('that take more in one direction give the smaller limit, with a note', async () => {
    const { robot, notes } = await importArm(
      arm('<motor joint="j1" gear="-5" ctrlrange="-1 2"/><position joint="j2" kp="10" forcerange="-1 2"/>', HEAVY),
    );
    assert.deepEqual(
      robot.joints.map(({ limits }) => limits.maxEffortNmOrN),
      [5, 1],
    );
    assert.match(notes.join('\n'), /joint j1: maxEffortNmOrN is 5: its effort ranges over -10 to 5/);
    assert.match(notes.join('\n'), /joint j2: maxEffortNmOrN is 1: its effort ranges over -1 to 2/);
    const oneWay = await importArm(arm(J2.replace('/>', ' forcerange="0 2"/>'), HEAVY));
    assert.match(
      oneWay.notes.join('\n'),
      /joint j2: its effort ranges over 0 to 2: not in both directions; maxEffortNmOrN is not set/,
    );
  });

  it('that leave no limit are refused with file, joint and reason', async () => {
    for (const [actuator, message] of [
      [
        '<motor joint="j1" ctrlrange="0 1"/>',
        /arm\.xml: the effort that the actuator of joint 'j1' takes ranges over 0 to 1: not in both/,
      ],
      [
        '<velocity joint="j1" kv="1" ctrlrange="1 2"/>',
        /arm\.xml: the velocity that the actuator of joint 'j1' takes ranges over 1 to 2/,
      ],
      [
        '<position joint="j1" kp="5" ctrlrange="2 3"/>',
        /arm\.xml: joint 'j1' ranges over -1\.5 to 1\.5, the targets of its actuator over 2 to 3: no position is in both/,
      ],
    ] as const)
      await assert.rejects(importArm(arm(actuator)), (error: { code?: string; message: string }) => {
        assert.equal(error.code, 'E_ROBOT_FILE');
        assert.match(error.message, message);
        return true;
      });
  });

  it('that were added hold at full-range targets: with armature and the integrator implicitfast', async () => {
    for (const option of ['', '<option integrator="RK4" timestep="0.005"/>'])
      await withTemporaryDirectory(async (directory) => {
        const { robot, notes, files } = await importArm(arm('', { option }));
        assert.match(notes.join('\n'), /5 % of its inertia; the integrator is implicitfast/);
        assert.doesNotMatch(notes.join('\n'), /not stable/);
        writeFileSync(path.join(directory, 'model.xml'), files.get('model.xml')!);
        const world = await createWorld(robot, directory);
        for (const at of [-1.5, 1.5]) {
          for (let i = 0; i < 50; i++) world.step(Float64Array.of(at, at));
          const { positions, velocities } = world.reading();
          assert.ok(
            positions.every((value) => Math.abs(value - at) < 0.05),
            positions.join(' '),
          );
          assert.ok(
            velocities.every((value) => Math.abs(value) < 0.1),
            velocities.join(' '),
          );
        }
        world.dispose();
      });
  });

  it('keep the armature that a joint has', async () => {
    const { files } = await importArm(arm('', HEAVY));
    assert.equal(String(files.get('model.xml')).match(/armature="0\.05"/g)?.length, 2);
  });

  it('with which the model diverges are named in the first note', async () => {
    const { notes } = await importArm(arm('<position joint="j1" kp="5000" kv="50"/>' + J2));
    assert.match(notes[0]!, /^the model is not stable at its time step of 0\.002 s: joint j1 diverges .* after/);
  });
});
