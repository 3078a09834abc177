import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { forwardKinematics } from '../../../../src/robot/forward-kinematics.ts';
import { jointRange } from '../../../../src/robot/joint-range.ts';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { createWorld, type World } from '../../../../src/simulator/index.ts';
import { importRobotFile, type RobotImport } from '../../../../src/simulator/robot-import/index.ts';
import { ARM_MJCF, ARM_URDF, boxStl } from '../../../support/robot-files.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'softqd-import-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function write(directory: string, files: Iterable<readonly [string, string | Uint8Array]>): string {
  for (const [name, contents] of files) {
    const file = path.join(folder, directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return path.join(folder, directory);
}

const importIt = (
  file: string,
  options: { tip?: string; packages?: Record<string, string> } = {},
): Promise<RobotImport> =>
  importRobotFile({
    file,
    name: 'arm',
    tip: options.tip ?? null,
    packages: new Map(Object.entries(options.packages ?? {})),
  });

/** The world of what was imported, with the tip of the model as a sensor. */
async function worldOf(imported: RobotImport, site: string): Promise<{ world: World; robot: RobotSpec }> {
  const directory = write(`out-${Math.random()}`, imported.files);
  const robot = { ...imported.robot, sensors: [{ name: 'tip', size: 3, unit: 'm', source: `site:${site}` }] };
  return { world: await createWorld(robot, directory), robot };
}

/** Largest distance of the model's tip from that of the robot file, over random poses. */
function tipError(world: World, robot: RobotSpec): number {
  const random = new XoshiroRandom(7);
  const { tip } = forwardKinematics(robot);
  const ranges = robot.joints.map((joint) => jointRange(joint)!);
  const errors = Array.from({ length: 50 }, () => {
    const qpos = Float64Array.from(ranges, ({ min, max }) => min + (max - min) * random.uniform());
    world.reset({ qpos, qvel: new Float64Array(qpos.length) });
    const [at, expected] = [world.reading().sensors.get('tip')!, tip(qpos)];
    return Math.hypot(...at.map((value, k) => value - expected[k]!));
  });
  return Math.max(...errors);
}

describe('a URDF with a package beside it', function () {
  this.timeout(60_000);
  let imported: RobotImport;
  before(async () => {
    const directory = write('urdf', [
      ['arm.urdf', ARM_URDF],
      ['arm_parts/meshes/fore.stl', boxStl(100, 15, 10)],
    ]);
    imported = await importIt(path.join(directory, 'arm.urdf'));
  });

  it('becomes a robot with a world, the task reach and capsules', () => {
    const { robot, tip, tasks, files } = imported;
    assert.deepEqual([...files.keys()], ['model.xml', 'tasks/reach.json5', 'robot.json5']);
    assert.deepEqual([tip, tasks], ['tool0', ['reach']]);
    assert.deepEqual(
      robot.joints.map(({ name }) => name),
      ['pan', 'lift', 'tilt', 'open'],
    );
    const { capsules } = robot.safety!.workspace!;
    assert.deepEqual(
      capsules.map(({ link }) => link),
      ['base', 'pan', 'lift', 'tilt'],
    );
    const fore = capsules[2]!;
    // A box of 0.2 m by 0.03 m by 0.02 m around x = 0.1 m.
    assert.ok(fore.radiusM < 0.0185 && Math.abs(Math.abs(fore.toM[0] - fore.fromM[0]) - 0.2) < 0.02);
  });

  it('has the tip of its model where the robot file has it', async () => {
    const { world, robot } = await worldOf(imported, 'tip');
    assert.ok(tipError(world, robot) < 1e-9);
    world.dispose();
  });

  it('holds its pose under its own weight, and its finger is followed by the other', async () => {
    const { world, robot } = await worldOf(imported, 'tip');
    const target = Float64Array.of(0.3, -0.4, 0.5, 0.02);
    world.reset({ qpos: target, qvel: new Float64Array(4) });
    for (let i = 0; i < 100; i++) world.step(target);
    const { positions } = world.reading();
    robot.joints.forEach(({ kind }, i) => {
      const sag = Math.abs(positions[i]! - target[i]!);
      assert.ok(sag < (kind === 'revolute' ? 0.021 : 0.0021), `${i}: ${sag}`);
    });
    world.dispose();
  });

  it('notes what was assumed', () => {
    const notes = imported.notes.join('\n');
    assert.match(notes, /joint follow skipped: mimic joint of open/);
    assert.match(notes, /joint tilt: its effort limit of 0\.01 N m does not carry the robot/);
    assert.match(notes, /link left moves but has neither mass nor shape/);
  });
});

describe('the files that a URDF names', function () {
  this.timeout(60_000);
  const capsulesOf = ({ robot }: RobotImport): number => robot.safety?.workspace?.capsules.length ?? 0;

  it('are found in the package that contains it, or in a named one', async () => {
    const own = write('own', [
      ['package.xml', '<package><name>arm_parts</name></package>'],
      ['urdf/arm.urdf', ARM_URDF],
      ['meshes/fore.stl', boxStl(100, 15, 10)],
    ]);
    assert.equal(capsulesOf(await importIt(path.join(own, 'urdf/arm.urdf'))), 4);
    const file = path.join(write('apart', [['arm.urdf', ARM_URDF]]), 'arm.urdf');
    assert.equal(capsulesOf(await importIt(file, { packages: { arm_parts: own } })), 4);
    const without = await importIt(file);
    assert.equal(capsulesOf(without), 3);
    assert.match(
      without.notes.join('\n'),
      /arm\.urdf:\d+: package arm_parts is not beside the file: left out\. Pass --package arm_parts=DIR/,
    );
  });

  it('are not read outside its folder, neither by a path nor by a symbolic link', async () => {
    const secret = write('secret', [['fore.stl', boxStl(100, 15, 10)]]);
    const inside = write('inside', [['arm_parts/meshes/kept.stl', '']]);
    symlinkSync(path.join(secret, 'fore.stl'), path.join(inside, 'arm_parts/meshes/fore.stl'));
    for (const named of [
      'package://arm_parts/meshes/fore.stl',
      '../secret/fore.stl',
      'package://arm_parts/../../secret/fore.stl',
      `file://${secret}/fore.stl`,
    ]) {
      writeFileSync(path.join(inside, 'arm.urdf'), ARM_URDF.replace('package://arm_parts/meshes/fore.stl', named));
      const imported = await importIt(path.join(inside, 'arm.urdf'));
      assert.equal(capsulesOf(imported), 3, named);
      assert.match(imported.notes.join('\n'), /is outside .*inside/, named);
    }
  });
});

describe('an MJCF with includes and meshes', function () {
  this.timeout(60_000);
  let imported: RobotImport;
  before(async () => {
    imported = await importIt(path.join(write('mjcf', Object.entries(ARM_MJCF)), 'arm.xml'));
  });

  it('becomes a robot with the limits of joints and actuators, in radians and newton meters', () => {
    const { robot, tip, tasks, files } = imported;
    assert.deepEqual([...files.keys()], ['model.xml', 'assets/part.stl', 'tasks/reach.json5', 'robot.json5']);
    assert.deepEqual([tip, tasks], ['tool_tcp', ['reach']]);
    const degree = Math.PI / 180;
    const limits = robot.joints.map(
      (joint) => [joint.name, joint.limits.minPositionRadOrM!, joint.limits.maxEffortNmOrN!] as const,
    );
    assert.deepEqual(
      limits.map(([name, , effort]) => [name, effort]),
      [
        ['shoulder', 30],
        ['fore_joint', 10],
      ],
    );
    assert.ok(limits[0]![1] === -1 && Math.abs(limits[1]![1] + 100 * degree) < 1e-9);
    assert.ok(Math.abs(robot.controlPeriodS - 0.02) < 1e-12);
  });

  it('has the tip of its model where the robot file has it, and targets act in radians', async () => {
    const { world, robot } = await worldOf(imported, 'tool_tcp');
    assert.ok(tipError(world, robot) < 1e-9);
    const target = Float64Array.of(0.2, 0.5);
    world.reset({ qpos: target, qvel: new Float64Array(2) });
    for (let i = 0; i < 200; i++) world.step(target);
    world.reading().positions.forEach((value, i) => assert.ok(Math.abs(value - target[i]!) < 0.1, `${i}: ${value}`));
    world.dispose();
  });

  it('notes what was changed or left out', () => {
    const notes = imported.notes.join('\n');
    assert.match(notes, /actuator gripper is left out: it does not act on one hinge or slide/);
    assert.match(notes, /actuator elbow: its control is not in the unit of joint fore_joint/);
    assert.match(notes, /no actuator drives grip/);
    assert.match(notes, /joint shoulder: range -1 to 1, the narrower of joint and actuator/);
    assert.match(notes, /arm\.xml:\d+: a joint without a name is called fore_joint/);
    assert.match(notes, /degrees in the MJCF/);
  });

  it('is refused with file and line when a file is missing, MuJoCo refuses it, or it includes itself', async () => {
    const arm = String(ARM_MJCF['arm.xml']);
    for (const [name, changed, message] of [
      [
        'missing',
        arm.replace('<mesh file="part.stl"/>', '<mesh file="none.stl"/>'),
        /arm\.xml:7: <mesh>: .*none\.stl is not there/,
      ],
      ['outside', arm.replace('../drawn/part.stl', '../../urdf/arm.urdf'), /arm\.xml:8: <mesh>: .* is outside/],
      [
        'wrong',
        arm
          .replace('<body name="finger"', '<bodx name="finger"')
          .replace('</body>\n      </body>\n    </body>', '</bodx></body></body>'),
        /arm\.xml does not load: .*bodx.*arm\.xml:22/,
      ],
      ['loop', arm.replace('defaults.xml', 'arm.xml'), /arm\.xml:4: <include> includes arm\.xml twice|includes/],
      ['attach', arm.replace('<material', '<model name="m" file="m.xml"/><material'), /<model> attaches a whole model/],
    ] as const) {
      const directory = write(`bad-${name}`, [...Object.entries(ARM_MJCF), ['arm.xml', changed]]);
      await assert.rejects(importIt(path.join(directory, 'arm.xml')), (error: { code?: string; message: string }) => {
        assert.equal(error.code, 'E_ROBOT_FILE', name);
        assert.match(error.message, message, name);
        return true;
      });
    }
  });

  it('without actuators gets a position servo at every joint', async () => {
    const bare = String(ARM_MJCF['arm.xml']).replace(/<tendon>[\s\S]*<\/keyframe>/, '');
    const directory = write('bare', [...Object.entries(ARM_MJCF), ['arm.xml', bare]]);
    const { robot, notes, files } = await importIt(path.join(directory, 'arm.xml'));
    assert.deepEqual(
      robot.joints.map(({ name, commandMode }) => [name, commandMode]),
      [
        ['shoulder', 'position'],
        ['fore_joint', 'position'],
        ['grip', 'position'],
      ],
    );
    assert.match(notes.join('\n'), /the model has no actuators/);
    assert.match(String(files.get('model.xml')), /<position name="grip" joint="grip" kp=/);
  });
});
