import assert from 'node:assert/strict';
import { forwardKinematics } from '../../../src/robot/forward-kinematics.ts';
import { importUrdf } from '../../../src/robot/urdf/index.ts';
import { importedUrdf, readUrdfText } from '../../support/urdf.ts';

const LIMIT = '<limit lower="-1" upper="1" effort="20" velocity="2"/>';

/** A chain of joints j1, j2, …, each with a type and what it contains. */
function chain(...joints: (readonly [type: string, contents: string])[]): string {
  const parts = joints.map(
    ([type, contents], i) =>
      `<link name="l${i + 1}"/><joint name="j${i + 1}" type="${type}"><parent link="l${i}"/><child link="l${i + 1}"/>
        <origin xyz="0 0 0.2" rpy="0.1 0 0"/><axis xyz="0 1 0"/>${contents}</joint>`,
  );
  return `<robot name="arm"><link name="l0"/>${parts.join('\n')}</robot>`;
}

const notesOf = (urdf: string): string => importUrdf(readUrdfText(urdf)).notes.join('\n');
const revolute = (contents = LIMIT): readonly [string, string] => ['revolute', contents];

describe('a joint of a URDF that cannot move', () => {
  const equal = (at: number): string => LIMIT.replace('"-1"', `"${at}"`).replace('"1"', `"${at}"`);

  it('because lower is upper is fixed at that position, with a note', () => {
    for (const [type, unit] of [
      ['revolute', 'rad'],
      ['prismatic', 'm'],
    ] as const) {
      const stuck = importedUrdf(chain(revolute(), [type, equal(0.5)], revolute()));
      const free = importedUrdf(chain(revolute(), [type, LIMIT], revolute()));
      assert.deepEqual(
        stuck.joints.map(({ name }) => name),
        ['j1', 'j3'],
      );
      const [tip, expected] = [
        forwardKinematics(stuck).tip([0.3, -0.2]),
        forwardKinematics(free).tip([0.3, 0.5, -0.2]),
      ];
      expected.forEach((value, k) => assert.ok(Math.abs(value - tip[k]!) < 1e-12));
      assert.match(
        notesOf(chain(revolute(), [type, equal(0.5)])),
        new RegExp(`joint j2 is fixed at 0\\.5 ${unit}: lower and upper are both 0\\.5`),
      );
    }
    assert.match(
      notesOf(chain(revolute(), revolute(equal(0)))),
      /joint j2 is fixed at 0 rad: lower and upper are both 0/,
    );
  });

  it('is none when 0 to 0 means that no limits are given', () => {
    for (const limit of [
      '',
      '<limit effort="5" velocity="2"/>',
      '<limit lower="0" upper="0" effort="0" velocity="0"/>',
    ]) {
      const { joints, notes } = importUrdf(readUrdfText(chain(revolute(limit))));
      assert.equal(joints.length, 1, limit);
      assert.match(notes.join('\n'), /joint j1: no position limits/, limit);
    }
  });

  it('because it follows such a one is fixed where that puts it', () => {
    const follows = '<mimic joint="j2" multiplier="2" offset="0.1"/>';
    const urdf = chain(revolute(), revolute(equal(0.5)), revolute(LIMIT + follows));
    assert.match(notesOf(urdf), /joint j3 is fixed at 1\.1 rad: it follows j2, which cannot move/);
    const { tip, kinematics } = importUrdf(readUrdfText(urdf));
    assert.deepEqual([tip, kinematics!.chain.length], ['l3', 1]);
  });
});

describe('joints of a URDF that follow each other', () => {
  const mimic = (joint: string): readonly [string, string] => revolute(`${LIMIT}<mimic joint="${joint}"/>`);

  it('in a circle are refused with the line', () => {
    for (const [urdf, message] of [
      [chain(mimic('j1'), revolute()), /lamp\.urdf:1: <joint> 'j1' mimics 'j1': no such other joint/],
      [
        chain(mimic('j2'), mimic('j1'), revolute()),
        /lamp\.urdf:1: <joint> 'j1' mimics itself: 'j2', which mimics 'j1'/,
      ],
      [
        chain(revolute(), mimic('j3'), mimic('j4'), mimic('j5'), mimic('j3')),
        /lamp\.urdf:5: <joint> 'j3' mimics itself: 'j4', which mimics 'j5', which mimics 'j3'/,
      ],
    ] as const)
      assert.throws(() => readUrdfText(urdf), message);
  });

  it('inside the arm leave it without a tip, for that reason', () => {
    for (const urdf of [chain(revolute(), mimic('j1'), revolute()), chain(revolute(), mimic('j1'), mimic('j2'))]) {
      const { tip, kinematics, notes } = importUrdf(readUrdfText(urdf));
      assert.deepEqual([tip, kinematics], [null, null]);
      assert.match(notes.join('\n'), /no tip: the chain to l3 contains joint j2: mimic joint of j1; pass --tip/);
      assert.equal(importUrdf(readUrdfText(urdf), 'l1').tip, 'l1');
    }
  });
});
