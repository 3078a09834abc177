import assert from 'node:assert/strict';
import type { JointLimits } from '../../../src/robot/robot-spec.ts';
import { importUrdf } from '../../../src/robot/urdf/index.ts';
import { readUrdfText } from '../../support/urdf.ts';

/** An arm of one joint. */
function arm(joint: string, type = 'revolute'): string {
  return `<robot name="one"><link name="base"/><link name="arm"/>
    <joint name="elbow" type="${type}"><parent link="base"/><child link="arm"/>${joint}</joint></robot>`;
}

function limitsOf(joint: string, type?: string): { limits: JointLimits; notes: string } {
  const { joints, notes } = importUrdf(readUrdfText(arm(joint, type)));
  return { limits: joints[0]!.limits, notes: notes.join('\n') };
}

describe('limits of a URDF joint', () => {
  it('of a size that no joint has stand for none, each bound by itself', () => {
    for (const large of ['1e16', 'inf', 'Infinity', '1.7976931348623157e+308', '1e400']) {
      const { limits, notes } = limitsOf(`<limit lower="-1" upper="${large}" velocity="${large}" effort="${large}"/>`);
      assert.deepEqual(limits, { minPositionRadOrM: -1 }, large);
      assert.match(notes, /elbow: upper .* is taken for "no limit"/);
    }
    assert.deepEqual(limitsOf('<limit lower="-inf" upper="1"/>').limits, { maxPositionRadOrM: 1 });
  });

  it('are not read, even upside down, where the type has none', () => {
    const { limits, notes } = limitsOf('<limit lower="0" upper="-1" effort="5" velocity="2"/>', 'continuous');
    assert.deepEqual(limits, { maxVelocityRadOrMPerS: 2, maxEffortNmOrN: 5 });
    assert.match(notes, /elbow: lower and upper are not used: it is continuous/);
    const fixed = `<robot name="one"><link name="base"/><link name="arm"/><link name="plate"/>
      <joint name="elbow" type="revolute"><parent link="base"/><child link="arm"/><limit lower="0" upper="1"/></joint>
      <joint name="weld" type="fixed"><parent link="arm"/><child link="plate"/><limit lower="2" upper="1"/></joint></robot>`;
    assert.match(importUrdf(readUrdfText(fixed)).notes.join('\n'), /weld: its limits are not used: it is fixed/);
    const mimic = fixed
      .replace('type="fixed"', 'type="revolute"')
      .replace('<limit lower="2"', '<mimic joint="elbow"/><limit lower="2"');
    assert.match(importUrdf(readUrdfText(mimic)).notes.join('\n'), /weld: its limits are not used: it follows/);
  });

  it('upside down are refused with file, line and joint', () => {
    assert.throws(
      () => limitsOf('<limit lower="1" upper="-1"/>'),
      /lamp\.urdf:2: <joint> 'elbow' has lower 1 above upper -1/,
    );
  });

  it('are the narrower of hard and soft ones, noted', () => {
    const soft = '<safety_controller soft_lower_limit="-1" soft_upper_limit="2" k_velocity="1"/>';
    const { limits, notes } = limitsOf(`<limit lower="-1.5" upper="1.5"/>${soft}`);
    assert.deepEqual(limits, { minPositionRadOrM: -1, maxPositionRadOrM: 1.5 });
    assert.match(notes, /elbow: range -1 to 1\.5, the soft limits; the hard ones are -1\.5 to 1\.5/);
    const unset = '<safety_controller soft_lower_limit="0" soft_upper_limit="0" k_velocity="1"/>';
    assert.deepEqual(limitsOf(`<limit lower="-1.5" upper="1.5"/>${unset}`).limits, {
      minPositionRadOrM: -1.5,
      maxPositionRadOrM: 1.5,
    });
  });

  it('of which one side is unlimited are named, and the other is kept', () => {
    const { notes } = limitsOf('<limit lower="-1e999" upper="1" effort="2" velocity="1"/>');
    assert.match(notes, /elbow: no lower position limit \(the upper one is 1\); set minPositionRadOrM/);
    assert.match(limitsOf('<limit lower="-1" upper="inf"/>').notes, /no upper position limit \(the lower one is -1\)/);
  });

  it('that are soft ones count alone where hard ones are not given, and are noted where they are not used', () => {
    const soft = '<safety_controller soft_lower_limit="-1" soft_upper_limit="1" k_velocity="1"/>';
    const { limits, notes } = limitsOf(`<limit effort="5" velocity="2"/>${soft}`);
    assert.deepEqual([limits.minPositionRadOrM, limits.maxPositionRadOrM], [-1, 1]);
    assert.match(notes, /elbow: range -1 to 1, the soft limits; the hard ones are - to -/);
    assert.match(limitsOf(soft, 'continuous').notes, /elbow: soft limits are not used: it is continuous/);
    const both = limitsOf(`<limit lower="0" upper="1"/>${soft}`, 'continuous').notes;
    assert.match(both, /elbow: lower and upper, and soft limits are not used: it is continuous/);
    const wide = soft.replace('"-1"', '"-1e9"');
    assert.equal(limitsOf(`<limit lower="-inf" upper="2"/>${wide}`).limits.minPositionRadOrM, undefined);
    const fixed = arm('<limit lower="0" upper="1"/>').replace(
      '</robot>',
      `<link name="plate"/><joint name="weld" type="fixed"><parent link="arm"/><child link="plate"/>${soft}</joint></robot>`,
    );
    assert.match(importUrdf(readUrdfText(fixed)).notes.join('\n'), /weld: its limits are not used: it is fixed/);
  });

  it('that are negative, or no decimal numbers, are refused', () => {
    for (const [stated, message] of [
      ['effort="-20"', /lamp\.urdf:2: <joint> 'elbow' has effort -20: must not be negative/],
      ['velocity="-inf"', /'elbow' has velocity -Infinity: must not be negative/],
      ['lower="0x1"', /'elbow' has lower="0x1": must be a number/],
    ] as const)
      assert.throws(() => limitsOf(`<limit upper="2" ${stated}/>`), message);
    const { notes } = limitsOf('<limit lower="0" upper="1"/><dynamics damping="-1" friction="-2"/>');
    assert.match(notes, /elbow: damping -1 is negative and is not used\n.*elbow: friction -2 is negative/);
  });

  it('that look like degrees are taken as radians, with a note', () => {
    const { limits, notes } = limitsOf('<limit lower="-170" upper="170"/>');
    assert.equal(limits.maxPositionRadOrM, 170);
    assert.match(notes, /elbow: range -170 to 170 .* looks like degrees/);
    assert.doesNotMatch(limitsOf('<limit lower="-3" upper="3"/>').notes, /degrees/);
  });

  it('come with angles of more than a turn, which are reduced, and origins in meters', () => {
    const turned = importUrdf(readUrdfText(arm('<origin rpy="7 0 -20"/><limit lower="0" upper="1"/>')));
    const [link] = turned.kinematics!.chain;
    assert.ok(Math.abs(link!.rpyRad[0] - (7 - 2 * Math.PI)) < 1e-12);
    assert.ok(Math.abs(link!.rpyRad[2] - (-20 + 6 * Math.PI)) < 1e-12);
    assert.throws(() => limitsOf('<origin xyz="0 300 0"/>'), /'elbow' has its origin at 0 300 0 m: at most 100 m/);
  });
});

describe('a xacro file', () => {
  it('that was not expanded is refused, with the line and the command that expands it', () => {
    for (const name of ['${prefix}elbow', '$(arg side)_elbow']) {
      const text = arm('<limit lower="0" upper="1"/>').replace('"elbow"', `"${name}"`);
      assert.throws(
        () => readUrdfText(text),
        (error: Error & { hint?: string }) =>
          /lamp\.urdf:2: <joint> has name=".*", an expression of an unexpanded xacro file/.test(error.message) &&
          /xacro lamp\.urdf > out\.urdf/.test(error.hint ?? ''),
      );
    }
  });

  it('may stand in the part of another program', () => {
    const extended = arm('<limit lower="0" upper="1"/>').replace(
      '</robot>',
      '<gazebo><p v="$(find x)"/></gazebo></robot>',
    );
    assert.equal(readUrdfText(extended).joints.length, 1);
  });
});
