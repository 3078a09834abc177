import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../src/base/errors.ts';
import { forwardKinematics } from '../../../src/robot/forward-kinematics.ts';
import { reachFileText } from '../../../src/robot/import/index.ts';
import { rotationOfRpy, rpyOfRotation } from '../../../src/robot/rotation.ts';
import { importUrdf } from '../../../src/robot/urdf/index.ts';
import { LAMP, fileText, importedUrdf as imported, readUrdfText } from '../../support/urdf.ts';

function rejectionOf(urdf: string, tip?: string): SoftqdError {
  try {
    imported(urdf, tip);
  } catch (error) {
    assert.ok(error instanceof SoftqdError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

function wheel(name: string, parent = 'car'): string {
  return `<link name="${name}"/><joint name="j${name}" type="continuous"><parent link="${parent}"/><child link="${name}"/><axis xyz="0 1 0"/></joint>`;
}

const shaped = (geometry: string): string =>
  LAMP.replace('<link name="arm"/>', `<link name="arm"><collision><geometry>${geometry}</geometry></collision></link>`);

describe('URDF import', () => {
  it('imports names, kinds and limits, from the base outwards', () => {
    const { name, kind, joints, controlPeriodS, world, servoBus } = imported(LAMP, 'tool0');
    assert.deepEqual(
      [name, kind, controlPeriodS, world?.type, servoBus],
      ['lamp', 'hardware', 0.02, 'mujoco', undefined],
    );
    assert.deepEqual(
      joints.map((joint) => [joint.name, joint.kind, joint.commandMode, joint.stopMode, joint.limits]),
      [
        ['turn', 'revolute', 'position', 'hold', { maxVelocityRadOrMPerS: 2, maxEffortNmOrN: 5 }],
        [
          'lift',
          'revolute',
          'position',
          'hold',
          { minPositionRadOrM: -1, maxPositionRadOrM: 1.5, maxVelocityRadOrMPerS: 2 },
        ],
        [
          'out',
          'prismatic',
          'position',
          'hold',
          { minPositionRadOrM: 0, maxPositionRadOrM: 0.1, maxVelocityRadOrMPerS: 0.2, maxEffortNmOrN: 20 },
        ],
        [
          'finger',
          'prismatic',
          'position',
          'hold',
          { minPositionRadOrM: 0, maxPositionRadOrM: 0.04, maxVelocityRadOrMPerS: 0.1, maxEffortNmOrN: 10 },
        ],
      ],
    );
  });

  it('lists skipped joints and missing values in the report and in the file', () => {
    const result = importUrdf(readUrdfText(LAMP));
    const text = fileText(LAMP);
    for (const part of [
      /joint turn is continuous/,
      /joint lift: no effort limit; set maxEffortNmOrN/,
      /other_finger skipped: mimic joint of finger/,
      /the tip is tool0, by its name/,
    ]) {
      assert.ok(
        result.notes.some((note) => part.test(note)),
        String(part),
      );
      assert.match(text, part);
    }
    assert.match(text, /servoBus: ids/);
  });

  it('computes the tip as URDF defines it: fixed rotation, then the joint', () => {
    const { tip } = forwardKinematics(imported(LAMP, 'tool0'));
    const near = (positions: number[], expected: number[]): void => {
      const at = tip(positions);
      expected.forEach((value, k) => assert.ok(Math.abs(at[k]! - value) < 1e-12, [...at].join(' ')));
    };
    // The mast turns the arm to y; the lift's own frame is tilted about that direction by 0.3 rad.
    near([0, 0, 0, 0], [0, 0.35, 0.3]);
    near([0, 0, 0.1, 0], [0, 0.45, 0.3]);
    near([-Math.PI / 2, 0, 0, 0], [0.35, 0, 0.3]);
    near(
      [-Math.PI / 2, 0.5, 0, 0],
      [0.35 * Math.cos(0.5), 0.35 * Math.sin(0.5) * Math.sin(0.3), 0.3 - 0.35 * Math.sin(0.5) * Math.cos(0.3)],
    );
  });

  it('finds the tip when exactly one link has no child', () => {
    const short = LAMP.replace(/<joint name="(other_)?finger"[\s\S]*?<\/joint>/g, '').replace(
      '<link name="left"/><link name="right"/>',
      '',
    );
    assert.deepEqual(
      imported(short).kinematics?.chain.map(({ joint }) => joint),
      ['turn', 'lift', 'out'],
    );
  });

  it('writes the task reach when the arm has a tip and all joints take positions', () => {
    assert.match(reachFileText(imported(LAMP, 'tool0'))!, /horizon: 200/);
    assert.equal(
      reachFileText(imported('<robot name="car">' + wheel('left') + wheel('right') + '<link name="car"/></robot>')),
      null,
    );
    assert.equal(reachFileText(imported(LAMP.replace('lower="0" upper="0.1"', ''), 'tool0')), null);
  });

  it('escapes quotes and line ends in names', () => {
    const odd = LAMP.replaceAll('"lift"', '"o\'b &quot;&#10;}, evil"');
    assert.equal(imported(odd, 'tool0').joints[1]!.name, 'o\'b "\n}, evil');
  });

  for (const [what, urdf, message] of [
    ['nothing', '', /lamp\.urdf:1: /],
    ['what is no XML', 'no XML', /lamp\.urdf:1: is not well-formed XML/],
    ['XML that stops', LAMP.slice(0, 500), /is not well-formed XML: .*unclosed/i],
    ['another document', '<svg/>', /<svg> is not a URDF/],
    ['a xacro file', '<robot xmlns:xacro="x"><xacro:property name="a"/></robot>', /is a xacro file/],
    ['entities', '<!DOCTYPE robot [<!ENTITY a "b">]><robot name="&a;"/>', /:1: has a DOCTYPE/],
    ['undeclared entities', LAMP.replace('name="lamp"', 'name="&lamp;"'), /is not well-formed XML/],
    ['a robot without links', '<robot name="x"/>', /contains no links/],
    ['a robot that cannot move', '<robot name="x"><link name="a"/></robot>', /no joint that moves/],
    ['a joint without a type', LAMP.replace(' type="fixed"', ''), /<joint> 'bolt' needs type/],
    ['a joint of no known type', LAMP.replace('"fixed"', '"screw"'), /'bolt' has type 'screw': must be one of/],
    ['a link that does not exist', LAMP.replace('link="mast"', 'link="must"'), /'turn' has child 'must': no such link/],
    ['two joints of one name', LAMP.replace('name="bolt"', 'name="turn"'), /two joints of the name 'turn'/],
    ['two links of one name', LAMP.replace('name="left"', 'name="arm"'), /two links of the name 'arm'/],
    [
      'a link on two joints',
      LAMP.replace('child link="right"', 'child link="left"'),
      /link 'left' is the child of two joints/,
    ],
    ['a circle', LAMP.replace('parent link="base"', 'parent link="tool0"'), /in a circle of joints/],
    ['two parts', LAMP.replace('<link name="base"/>', '<link name="base"/><link name="lost"/>'), /has 2 root links/],
    ['a number that is none', LAMP.replace('0.3 0 0"', '0.3 zero 0"'), /<origin> has rpy="zero"|has (xyz|rpy)="zero"/],
    ['two numbers for three', LAMP.replace('xyz="0 0 2"', 'xyz="0 2"'), /has xyz="0 2": must be three numbers/],
    ['a limit that is none', LAMP.replace('upper="1.5"', 'upper="nan"'), /'lift' has upper="nan": must be a number/],
    ['limits the wrong way round', LAMP.replace('lower="-1"', 'lower="2"'), /'lift' has lower 2 above upper 1\.5/],
    ['an axis without direction', LAMP.replace('xyz="0 0 2"', 'xyz="0 0 0"'), /axis without direction/],
    [
      'a box with a negative edge',
      shaped('<box size="0.1 -0.1 0.1"/>'),
      /'arm' has a <box> with size 0\.1 -0\.1 0\.1: each/,
    ],
    [
      'a box with an edge of 0',
      shaped('<box size="0 1 1"/>'),
      /<box> with size 0 1 1: each edge must be greater than 0/,
    ],
    ['a box without a size', shaped('<box/>'), /<box> with size missing/],
    ['a box that is no number', shaped('<box size="nan 1 1"/>'), /<box> has size="nan": must be a number/],
    ['a ball without radius', shaped('<sphere radius="-1"/>'), /<sphere> with radius -1: must be greater than 0/],
    [
      'a flat cylinder',
      shaped('<cylinder radius="1" length="0"/>'),
      /<cylinder> with length 0: must be greater than 0/,
    ],
    [
      'a mesh of no size',
      shaped('<mesh filename="a.stl" scale="1 0 1"/>'),
      /<mesh> with scale 1 0 1: no factor may be 0/,
    ],
    ['an endless tree', '<robot>'.repeat(300), /more than 256 deep/],
  ] as [string, string, RegExp][]) {
    it(`rejects ${what} with its place`, () => {
      const error = rejectionOf(urdf, 'tool0');
      assert.equal(error.code, 'E_ROBOT_FILE');
      assert.match(error.message, message);
    });
  }

  it('rejects a tip that is not a link, does not move, or follows a skipped joint', () => {
    assert.equal(rejectionOf(LAMP, 'tool9').code, 'E_USAGE');
    assert.match(rejectionOf(LAMP, 'tool9').message, /links: base, mast/);
    assert.equal(rejectionOf(LAMP, 'base').code, 'E_USAGE');
    const behind = rejectionOf(LAMP, 'right');
    assert.equal(behind.code, 'E_ROBOT_FILE');
    assert.match(behind.message, /contains joint other_finger/);
  });

  it('takes of a robot with too many joints those that move the tip, and refuses it without', () => {
    const chain = Array.from({ length: 3 }, (_, i) => wheel(`a${i}`, i === 0 ? 'car' : `a${i - 1}`));
    const others = Array.from({ length: 62 }, (_, i) => wheel(`w${i}`));
    const urdf = `<robot name="many"><link name="car"/>${[...chain, ...others].join('')}</robot>`;
    assert.match(rejectionOf(urdf).message, /many has 65 joints that move: at most 64/);
    const { joints, kinematics } = imported(urdf, 'a2');
    assert.deepEqual([joints.length, kinematics!.chain.length], [3, 3]);
  });

  it('throws a SoftqdError for any corrupt file', () => {
    fc.assert(
      fc.property(fc.nat(LAMP.length - 1), fc.string({ maxLength: 3 }), fc.nat(20), (at, put, cut) => {
        try {
          imported(LAMP.slice(0, at) + put + LAMP.slice(at + cut), 'tool0');
        } catch (error) {
          assert.ok(error instanceof SoftqdError, String(error));
          assert.ok(['E_ROBOT_FILE', 'E_USAGE'].includes(error.code), error.code);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('rpy', () => {
  it('is recovered from its rotation, also at pitch ±90°', () => {
    const angle = fc.double({ min: -3.1, max: 3.1, noNaN: true });
    const pitch = fc.oneof(
      fc.double({ min: -1.57, max: 1.57, noNaN: true }),
      fc.constantFrom(Math.PI / 2, -Math.PI / 2),
    );
    fc.assert(
      fc.property(angle, pitch, angle, (roll, up, yaw) => {
        const rotation = rotationOfRpy([roll, up, yaw]);
        const again = rotationOfRpy(rpyOfRotation(rotation));
        rotation.forEach((value, i) => assert.ok(Math.abs(value - again[i]!) < 1e-9));
      }),
    );
  });
});
