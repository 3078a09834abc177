import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { SoftqdError } from '../../../src/base/errors.ts';
import { createMechanics } from '../../../src/virtual/create-mechanics.ts';
import { createFeetechServoBus } from '../../../src/virtual/feetech/index.ts';
import type { Mechanics } from '../../../src/virtual/mechanics.ts';
import { Plant } from '../../../src/virtual/plant.ts';
import type { JointDrive } from '../../../src/virtual/port.ts';
import { ServoShafts } from '../../../src/virtual/servo-shafts.ts';
import { createWorld } from '../../../src/simulator/index.ts';
import {
  encodeFeetechInstruction,
  STS3215_REGISTERS,
  type Sts3215RegisterName,
} from '../../../src/wire/feetech/index.ts';
import { registerBytes } from '../../../src/wire/registers.ts';
import { LEVER_MODEL, leverRobot } from '../../support/lever-robot.ts';

const TORQUE_OFF: JointDrive = { kind: 'torque-off' };

describe('the mechanics of virtual servos', function () {
  this.timeout(30_000);
  let directory: string;
  let mechanics: Mechanics;
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'softqd-mechanics-'));
    writeFileSync(path.join(directory, 'model.xml'), LEVER_MODEL);
  });
  after(() => rmSync(directory, { recursive: true }));
  afterEach(() => mechanics.dispose());

  function steps(count: number, drives: readonly JointDrive[]): void {
    for (let i = 0; i < count; i++) mechanics.step(drives);
  }

  it('reads motors from the model: stiffness, damping and max effort of a position actuator', async () => {
    mechanics = await createMechanics(leverRobot(), directory);
    assert.deepEqual(mechanics.motors, [
      { stiffness: 8, damping: 0.5, stallEffortNmOrN: 2 },
      { stiffness: 16, damping: 0.4, stallEffortNmOrN: 3 },
    ]);
    assert.equal(mechanics.stepS, 0.001);
  });

  it('falls without torque', async () => {
    mechanics = await createMechanics(leverRobot(), directory);
    steps(400, [TORQUE_OFF, TORQUE_OFF]);
    assert.ok(mechanics.positions[0]! > 0.5, `${mechanics.positions[0]!}`);
  });

  it('falls more slowly with shorted windings', async () => {
    mechanics = await createMechanics(leverRobot(), directory);
    steps(400, [{ kind: 'damp' }, TORQUE_OFF]);
    assert.ok(mechanics.positions[0]! > 0.02 && mechanics.positions[0]! < 0.4, `${mechanics.positions[0]!}`);
  });

  it('is held by an effort against gravity, limited to the stall effort', async () => {
    mechanics = await createMechanics(leverRobot(), directory);
    steps(100, [{ kind: 'effort', effortNmOrN: -100 }, TORQUE_OFF]);
    assert.equal(mechanics.efforts[0], -2);
    assert.ok(mechanics.positions[0]! < 0);
  });

  it('does not move a jammed joint under any effort until it is released', async () => {
    mechanics = await createMechanics(leverRobot(), directory);
    steps(100, [TORQUE_OFF, TORQUE_OFF]);
    const at = mechanics.positions[0]!;
    mechanics.setStuck(0, true);
    steps(100, [{ kind: 'effort', effortNmOrN: -2 }, TORQUE_OFF]);
    assert.equal(mechanics.positions[0], at);
    assert.equal(mechanics.velocities[0], 0);
    mechanics.setStuck(0, false);
    steps(100, [{ kind: 'effort', effortNmOrN: -2 }, TORQUE_OFF]);
    assert.ok(mechanics.positions[0] < at);
  });

  it('reports why a model is missing or does not match', async () => {
    mechanics = await createMechanics(leverRobot(), directory);
    const refused = (robot: ReturnType<typeof leverRobot>): Promise<void> =>
      assert.rejects(createMechanics(robot, directory), (error: SoftqdError) => error.code === 'E_ROBOT_FILE');
    await refused({ ...leverRobot(), world: { type: 'mujoco', modelFile: 'none.xml', physicsStepS: 0.002 } });
    await refused({
      ...leverRobot(),
      joints: leverRobot().joints.map((joint) => ({ ...joint, name: `${joint.name}?` })),
    });
  });

  it('has one inertia per joint without a model, within its range', async () => {
    mechanics = await createMechanics(leverRobot({ model: false }), directory);
    steps(2000, [{ kind: 'effort', effortNmOrN: 1 }, TORQUE_OFF]);
    assert.equal(mechanics.positions[0], 1.5);
    assert.equal(mechanics.velocities[0], 0);
    assert.equal(mechanics.positions[1], 0);
    mechanics.setStuck(0, true);
    steps(10, [{ kind: 'effort', effortNmOrN: -1 }, TORQUE_OFF]);
    assert.equal(mechanics.positions[0], 1.5);
  });

  describe('with Feetech servos on it', () => {
    let plant: Plant;
    let nowNs: number;
    let write: (id: number, name: Sts3215RegisterName, value: number) => void;

    async function build(calibrated = true): Promise<ServoShafts> {
      mechanics = await createMechanics(leverRobot(), directory);
      const shafts = new ServoShafts(leverRobot(), mechanics, { calibrated, random: new XoshiroRandom(3) });
      const bus = createFeetechServoBus({ servos: shafts.specs(1_000_000), nowNs: 0 });
      nowNs = 0;
      plant = new Plant({
        mechanics,
        drive: (at) => shafts.drives(bus.step(shafts.shafts(), at)),
        planned: [],
        groundTruth: null,
        nowNs,
      });
      write = (id, name, value) => {
        const register = STS3215_REGISTERS[name];
        const data = registerBytes(register, value);
        bus.receive(encodeFeetechInstruction({ kind: 'write', id, address: register.address, data }), nowNs, 1_000_000);
      };
      return shafts;
    }

    function run(ms: number): void {
      for (let i = 0; i < ms; i++) plant.advance((nowNs += 1e6));
    }

    it('is in the middle of the range at step 2048, and counts in the direction of the servo', async () => {
      const shafts = await build();
      const [first, second] = shafts.specs(1_000_000);
      assert.deepEqual(first!.calibrated, { minimumSteps: 1070, maximumSteps: 3026 });
      assert.ok(Math.abs(first!.shaft.turns * 4096 - 2048) < 1e-9);
      // Range -0.5 to 1.5 counted backward, two turns of the horn per turn of the joint.
      assert.deepEqual(second!.calibrated, { minimumSteps: 744, maximumSteps: 3352 });
      assert.ok(Math.abs(second!.shaft.turns * 4096 - (2048 + (0.5 / Math.PI) * 4096)) < 1e-6);
    });

    it('has factory limits and random horns when uncalibrated, the same for the same seed', async () => {
      const first = (await build(false)).specs(1_000_000);
      mechanics.dispose();
      const second = (await build(false)).specs(1_000_000);
      assert.deepEqual(first, second);
      assert.equal(first[0]!.calibrated, null);
      assert.ok(Math.abs(first[0]!.shaft.turns - 0.5) > 1 / 4096);
    });

    it('falls with torque off, and holds with torque on according to its stiffness', async () => {
      await build();
      write(1, 'goalPosition', 2048);
      run(1000);
      // 0.49 N m of gravity at 8 N m/rad and P 32 instead of the 16 configured; one step of dead zone.
      assert.ok(Math.abs(mechanics.positions[0]! - 0.49 / 16) < 0.006, `${mechanics.positions[0]!}`);
      write(1, 'torqueEnable', 0);
      run(1000);
      assert.ok(mechanics.positions[0]! > 0.5, `${mechanics.positions[0]!}`);
    });

    it('tracks like the simulated robot at the configured gains', async () => {
      await build();
      for (const id of [1, 2]) {
        write(id, 'positionGainP', 16);
        write(id, 'goalPosition', id === 1 ? 2048 + 200 : 2048);
      }
      const world = await createWorld(leverRobot(), directory);
      const targets = Float64Array.of((200 / 4096) * 2 * Math.PI, 0.5);
      let worst = 0;
      for (let i = 0; i < 50; i++) {
        world.step(targets);
        run(20);
        const simulated = world.reading().positions;
        for (const j of [0, 1]) worst = Math.max(worst, Math.abs(simulated[j]! - mechanics.positions[j]!));
      }
      world.dispose();
      assert.ok(worst < 0.02, `${worst} rad apart`);
    });

    it('applies noise to the encoder, not to the joint', async () => {
      const shafts = await build();
      shafts.noiseSteps = 3;
      const read = Array.from({ length: 500 }, () => shafts.shafts()[0]!.turns * 4096 - 2048);
      const deviation = Math.sqrt(read.reduce((sum, value) => sum + value * value, 0) / read.length);
      assert.ok(deviation > 2.5 && deviation < 3.5, `${deviation}`);
      assert.equal(mechanics.positions[0], 0);
    });
  });
});
