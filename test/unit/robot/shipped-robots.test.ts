import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import loadMujoco, { type MainModule } from '@mujoco/mujoco';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { forwardKinematics } from '../../../src/robot/forward-kinematics.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { createGuard } from '../../../src/safety/index.ts';
import { createWorld, type World } from '../../../src/simulator/index.ts';
import { DYNAMIXEL_BAUD_RATES, DYNAMIXEL_MODELS, X_SERIES_REGISTERS } from '../../../src/wire/dynamixel/x-series.ts';
import { FEETECH_BAUD_RATES, FEETECH_MODELS, STS3215_REGISTERS } from '../../../src/wire/feetech/sts3215.ts';
import { registerRange, type Register } from '../../../src/wire/registers.ts';
import { pendulumRig } from '../../support/bridge.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot, robotDirectory } from '../../support/simulator.ts';

/** By the manuals: STS3215 at 12 V; XL430-W250 at 12 V, XL330-M288 at 5 V. */
const NO_LOAD_RAD_PER_S = {
  so101: [4.71, 4.71, 4.71, 4.71, 4.71, 4.71],
  koch: [6.39, 6.39, 10.79, 10.79, 10.79, 10.79],
};

/** Uniform over the full range of every joint. */
function anyPose(robot: RobotSpec, random: XoshiroRandom): Float64Array {
  return Float64Array.from(robot.joints, ({ limits }) => {
    const { minPositionRadOrM: min, maxPositionRadOrM: max } = limits;
    return min! + random.uniform() * (max! - min!);
  });
}

describe('the arms that ship with the daemon', function () {
  this.timeout(60_000);
  let mujoco: MainModule;
  before(async () => {
    mujoco = await loadMujoco({});
  });

  for (const name of ['so101', 'koch'] as const) {
    describe(name, () => {
      const robot = loadRobot(name);
      const tipRobot = { ...robot, sensors: [{ name: 'tip', size: 3, unit: 'm', source: 'site:tip' }] };
      let world: World;
      before(async () => {
        world = await createWorld(tipRobot, robotDirectory(name));
      });
      after(() => world.dispose());

      it('can be armed: all joints have the limits that the guard requires', () => {
        assert.equal(robot.kind, 'hardware');
        const middles = robot.joints.map(({ limits }) => (limits.minPositionRadOrM! + limits.maxPositionRadOrM!) / 2);
        const guard = createGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: 1 });
        guard.arm(guard.initialMemory, readingOf({ positions: middles }));
        for (const { limits, commandMode } of robot.joints) {
          assert.equal(commandMode, 'position');
          assert.ok(limits.maxAccelerationRadOrMPerS2! > 0);
        }
      });

      it('has six servos of known models, and writable registers that accept their values', () => {
        const { protocol, baudRate, servos } = robot.servoBus!;
        const feetech = protocol === 'feetech';
        const [models, registers]: [ReadonlyMap<number, string>, Readonly<Record<string, Register>>] = feetech
          ? [FEETECH_MODELS, STS3215_REGISTERS]
          : [DYNAMIXEL_MODELS, X_SERIES_REGISTERS];
        const rates: readonly number[] = feetech ? FEETECH_BAUD_RATES : DYNAMIXEL_BAUD_RATES;
        assert.ok(rates.includes(baudRate));
        assert.deepEqual(
          servos.map(({ id }) => id),
          [1, 2, 3, 4, 5, 6],
        );
        for (const servo of servos) {
          assert.ok(models.has(servo.modelNumber), `model ${servo.modelNumber}`);
          for (const [register, value] of Object.entries(servo.registers)) {
            const known = registers[register];
            assert.ok(known !== undefined && known.access === 'read-write', register);
            const { minimum, maximum } = registerRange(known);
            assert.ok(value >= minimum && value <= maximum, `${register} ${value}`);
          }
        }
      });

      it('has a model with the ranges and efforts of its file', () => {
        const xml = readFileSync(path.join(robotDirectory(name), 'model.xml'), 'utf8');
        const model = mujoco.MjModel.from_xml_string(xml);
        const ranges = model.jnt_range as Float64Array;
        const forces = model.actuator_forcerange as Float64Array;
        for (const { name: joint, limits } of robot.joints) {
          const id = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT.value, joint);
          const actuator = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_ACTUATOR.value, joint);
          assert.deepEqual(
            [...ranges.subarray(2 * id, 2 * id + 2)],
            [limits.minPositionRadOrM, limits.maxPositionRadOrM],
            joint,
          );
          assert.deepEqual(
            [...forces.subarray(2 * actuator, 2 * actuator + 2)],
            [-limits.maxEffortNmOrN!, limits.maxEffortNmOrN],
            joint,
          );
        }
        model.delete();
      });

      it('computes the same tip as MuJoCo in any pose', () => {
        const { tip } = forwardKinematics(robot);
        const random = new XoshiroRandom(1);
        for (let round = 0; round < 200; round++) {
          const qpos = anyPose(robot, random);
          world.reset({ qpos, qvel: new Float64Array(6) });
          const seen = world.reading().sensors.get('tip')!;
          const computed = tip(qpos);
          for (let k = 0; k < 3; k++)
            assert.ok(Math.abs(seen[k]! - computed[k]!) < 1e-12, `${[...seen].join()} ${[...computed].join()}`);
        }
      });

      it('computes how each joint moves the tip; the gripper does not move it', () => {
        const { tip, jacobian } = forwardKinematics(robot);
        const random = new XoshiroRandom(2);
        for (let round = 0; round < 50; round++) {
          const pose = anyPose(robot, random);
          const columns = jacobian(pose);
          robot.joints.forEach((joint, i) => {
            const [more, less] = [1e-6, -1e-6].map((h) => tip(pose.map((q, j) => (j === i ? q + h : q))));
            for (let k = 0; k < 3; k++) {
              const slope = (more![k]! - less![k]!) / 2e-6;
              assert.ok(Math.abs(slope - columns[3 * i + k]!) < 1e-9, joint.name);
            }
          });
          assert.deepEqual([...columns.subarray(15)], [0, 0, 0]);
        }
      });

      it('holds a stretched-out arm with a sag of less than 0.1 rad', () => {
        const lift = robot.joints[1]!.limits;
        const qpos = Float64Array.of(0, Math.min(1.2, lift.maxPositionRadOrM!), -1.2, 0, 0, 0.5);
        world.reset({ qpos, qvel: new Float64Array(6) });
        world.setControlPeriod(0.02);
        for (let i = 0; i < 100; i++) world.step(qpos);
        const { positions, velocities } = world.reading();
        positions.forEach((position, i) => assert.ok(Math.abs(position - qpos[i]!) < 0.1, `${i}: ${position}`));
        for (const velocity of velocities) assert.ok(Math.abs(velocity) < 0.01);
      });

      it('stays finite and within its speed limits under jumping targets, at 50 and at 200 Hz', () => {
        const random = new XoshiroRandom(3);
        for (const periodS of [0.02, 0.005]) {
          world.setControlPeriod(periodS);
          world.reset({ qpos: Float64Array.of(0, 0, 0, 0, 0, 0.5), qvel: new Float64Array(6) });
          for (let i = 0; i < 100; i++) {
            world.step(anyPose(robot, random));
            const { positions, velocities } = world.reading();
            assert.ok(positions.every(Number.isFinite));
            velocities.forEach((velocity, j) => {
              const free = NO_LOAD_RAD_PER_S[name][j]!;
              // Gravity and the swing of the other links add to what the motor does alone.
              assert.ok(Math.abs(velocity) < 2 * free, `${robot.joints[j]!.name} at ${velocity} rad/s`);
            });
          }
        }
      });
    });
  }
});

describe('pendulum-rig', () => {
  const rig = loadRobot('pendulum-rig');

  it('has the joint and the limits of the firmware', () => {
    assert.deepEqual(rig.joints, pendulumRig.joints);
  });

  it('moves like the simulation in the firmware', async () => {
    const [massKg, lengthM, gravity, friction, stepS] = [0.1, 0.2, 9.81, 0.0005, 0.001];
    const inertia = massKg * lengthM * lengthM;
    const world = await createWorld(rig, robotDirectory('pendulum-rig'));
    world.reset({ qpos: Float64Array.of(2.5), qvel: Float64Array.of(-1) });
    let [position, velocity] = [2.5, -1];
    for (let i = 0; i < 100; i++) {
      const effort = 0.12 * Math.sin(i / 7);
      world.step(Float64Array.of(effort));
      for (let k = 0; k < 20; k++) {
        const total = effort - massKg * gravity * lengthM * Math.sin(position) - friction * velocity;
        velocity += (total / inertia) * stepS;
        position += velocity * stepS;
      }
      const reading = world.reading();
      assert.ok(Math.abs(reading.positions[0]! - position) < 1e-4, `step ${i}: ${reading.positions[0]!} ${position}`);
      assert.ok(Math.abs(reading.velocities[0]! - velocity) < 1e-3);
    }
    world.dispose();
  });
});
