import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import loadMujoco, { type MainModule } from '@mujoco/mujoco';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { GUARD_REASON } from '../../../src/robot/reasons.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { segmentDistance } from '../../../src/robot/segment-distance.ts';
import { createWorkspaceCheck, type WorkspaceCheck } from '../../../src/robot/workspace.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot, robotDirectory } from '../../support/simulator.ts';
import { StatefulGuard } from '../../support/stateful-guard.ts';

const GEOM = 5;

function anyPose({ joints }: RobotSpec, random: XoshiroRandom): number[] {
  return joints.map(
    ({ limits: { minPositionRadOrM: min, maxPositionRadOrM: max } }) => min! + random.uniform() * (max! - min!),
  );
}

/** The sum of all depths. */
const depthM = (check: WorkspaceCheck, pose: readonly number[]): number =>
  check.depthsM(pose).reduce((sum, depth) => sum + depth, 0);

/** An allowed pose at rest. */
function allowedPose(robot: RobotSpec, random: XoshiroRandom): number[] {
  const check = createWorkspaceCheck(robot)!;
  for (;;) {
    const pose = anyPose(robot, random);
    if (depthM(check, pose) === 0) return pose;
  }
}

function armed(robot: RobotSpec, pose: readonly number[]): StatefulGuard {
  const guard = new StatefulGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: 1 });
  guard.arm(readingOf({ positions: pose }));
  return guard;
}

describe('segmentDistance', () => {
  it('is that of points, parallel, crossing and touching segments', () => {
    for (const [ends, expected] of [
      [[0, 0, 0, 0, 0, 0, 3, 4, 0, 3, 4, 0], 5],
      [[0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 2, 0], 2],
      [[0, 0, 0, 1, 0, 0, 3, 0, 0, 4, 0, 0], 2],
      [[-1, 0, 0, 1, 0, 0, 0, -1, 0.5, 0, 1, 0.5], 0.5],
      [[-1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0], 0],
      [[0, 0, 0, 1, 0, 0, 2, 1, 0, 2, 5, 0], Math.SQRT2],
      [[0, 0, 0, 0, 0, 0, -1, 1, 0, 1, 1, 0], 1],
      [[-1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], 1],
    ] as const) {
      assert.ok(Math.abs(segmentDistance(ends, 0, 6) - expected) < 1e-12, `${ends.join()}: ${expected}`);
    }
  });
});

describe('the workspace of the arms', function () {
  this.timeout(60_000);
  let mujoco: MainModule;
  before(async () => {
    mujoco = await loadMujoco({});
  });

  for (const name of ['so101', 'koch']) {
    it(`of ${name} has the distances that MuJoCo computes`, () => {
      const robot = loadRobot(name);
      const xml = readFileSync(path.join(robotDirectory(name), 'model.xml'), 'utf8');
      const model = mujoco.MjModel.from_xml_string(xml);
      const data = new mujoco.MjData(model);
      const id = (geom: string): number => mujoco.mj_name2id(model, GEOM, geom);
      const check = createWorkspaceCheck(robot)!;
      const parts = ['upper_arm', 'lower_arm', 'wrist', 'fixed_jaw', 'moving_jaw'];
      const others = ['table', ...parts];
      const random = new XoshiroRandom(3);
      let compared = 0;
      for (let n = 0; n < 50; n++) {
        const pose = anyPose(robot, random);
        (data.qpos as Float64Array).set(pose);
        mujoco.mj_kinematics(model, data);
        const clearances = check.clearancesM(pose);
        for (const part of parts) {
          for (const other of others) {
            const clearance = clearances.get(`${part} at ${other}`);
            if (clearance === undefined) continue;
            const expected = mujoco.mj_geomDistance(model, data, id(other), id(part), 10, null);
            // MuJoCo measures the depth of two capsules in each other another way.
            if (expected <= 0 && other !== 'table') continue;
            assert.ok(Math.abs(clearance - expected) < 2e-4, `${part} at ${other}: ${clearance}, MuJoCo ${expected}`);
            compared++;
          }
        }
      }
      assert.ok(compared > 300, `${compared} distances`);
    });

    it(`keeps ${name} where it can come to rest in its workspace, for any command`, () => {
      const robot = { ...loadRobot(name), kind: 'simulated' as const };
      const check = createWorkspaceCheck(robot)!;
      const random = new XoshiroRandom(4);
      let cut = 0;
      for (let episode = 0; episode < 20; episode++) {
        let pose = allowedPose(robot, random);
        let velocities = pose.map(() => 0);
        const guard = armed(robot, pose);
        let target = anyPose(robot, random);
        for (let tick = 0; tick < 60; tick++) {
          if (tick % 15 === 14) target = anyPose(robot, random);
          const safe = guard.checkNext({ targets: Float64Array.from(target) }, readingOf({ positions: pose }));
          const next = [...safe.targets];
          // Checked is where the joints come to rest; on the way there they may be a little deeper.
          const now = next.map((value, i) => (value - pose[i]!) / 0.02);
          assert.ok(depthM(check, next) < 5e-3, [...check.clearancesM(next)].filter(([, c]) => c < 0).join());
          now.forEach((velocity, i) => assert.ok(Math.abs(velocity - velocities[i]!) <= 39 * 0.02 + 1e-9));
          cut += safe.reasonCodes.includes(GUARD_REASON.workspaceLimit) ? 1 : 0;
          [pose, velocities] = [next, now];
        }
      }
      assert.ok(cut > 20, `${cut} commands were cut`);
    });

    it(`lets ${name} slide along what it touches`, () => {
      const robot = { ...loadRobot(name), kind: 'simulated' as const };
      const check = createWorkspaceCheck(robot)!;
      let at = [0, 0, 0.6, 0, 0, 0];
      const guard = armed(robot, at);
      const command = (targets: readonly number[]): void => {
        at = [...guard.checkNext({ targets: Float64Array.from(targets) }, readingOf({ positions: at })).targets];
      };
      for (let tick = 0; tick < 100; tick++) command([0, 1.2, 1.2, 0, 0, 0]);
      assert.equal(at[0], 0);
      for (let tick = 0; tick < 100; tick++) command([0.4, 1.2, 1.2, 0, 0, 0]);
      assert.ok(Math.abs(at[0] - 0.4) < 0.01, `${at[0]} rad`);
      assert.ok(depthM(check, at) < 1e-3, `${depthM(check, at)} m`);
    });

    it(`lets ${name} only move out of a pose that is not allowed`, () => {
      const robot = { ...loadRobot(name), kind: 'simulated' as const };
      const check = createWorkspaceCheck(robot)!;
      // The forearm hangs into the table.
      const pose = [0, 0.5, 1, 0, 0, 0];
      const depth = depthM(check, pose);
      assert.ok(depth > 0.01);
      const further = armed(robot, pose);
      const deeper = readingOf({ positions: pose });
      for (let tick = 0; tick < 20; tick++) {
        const safe = further.checkNext({ targets: Float64Array.of(0, 0.9, 1.2, 0, 0, 0) }, deeper);
        assert.deepEqual([...safe.targets], pose);
        assert.ok(safe.reasonCodes.includes(GUARD_REASON.workspaceLimit));
      }
      const out = armed(robot, pose);
      let before = depth;
      let at = pose;
      for (let tick = 0; tick < 100; tick++) {
        at = [...out.checkNext({ targets: Float64Array.of(0, 0, 0, 0, 0, 0) }, readingOf({ positions: at })).targets];
        const now = depthM(check, at);
        assert.ok(now <= before, `${now} after ${before}`);
        before = now;
      }
      assert.equal(before, 0);
      assert.deepEqual(at, [0, 0, 0, 0, 0, 0]);
    });
  }
});
