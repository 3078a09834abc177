import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MonotonicClock } from '../../../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { jogToTarget, type Jogged, type JogMove, type JogResult } from '../../../../src/commissioning/index.ts';
import { connectServos } from '../../../../src/driver/index.ts';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { isStopConfirmed } from '../../../../src/robot/stop-plan.ts';
import { StopRequests } from '../../../../src/runs/stop-requests/index.ts';
import { createGuard, stopPlan } from '../../../../src/safety/index.ts';
import { startVirtualDevice } from '../../../../src/virtual/index.ts';
import { requireAddon } from '../../../support/addon.ts';
import { loadRobot, robotDirectory } from '../../../support/simulator.ts';
import { temporaryDirectory } from '../../../support/cli.ts';

const CONTROL_PERIOD_S = 0.02;
/** A servo step, and the age of a reading. */
const RESOLUTION_RAD = 0.0016;
/** A stop in mode `hold` keeps what carries the load, friction included: the joint may creep by this much. */
const HOLD_DRIFT_RAD = 0.05;

interface JoggedTruth extends Jogged<JogResult> {
  /** True positions of the joint at the end of the move and after the stop, rad. */
  readonly settled: number;
  readonly held: number;
}

/** Virtual servos and the jog run in this thread: a busy machine delays both alike. Judged by the joints of the virtual device. */
describe('jog on virtual servos', function () {
  this.timeout(120_000);
  // On a loaded machine the joint may not settle in time.
  this.retries(1);
  const directory = temporaryDirectory();
  before(function () {
    requireAddon(this);
  });
  after(() => directory.remove());

  async function jog(name: 'so101' | 'koch', joint: string, move: JogMove): Promise<JoggedTruth> {
    const groundTruthFile = path.join(directory.path, `${name}-${joint}-${Math.random()}.jsonl`);
    // On a loaded machine replies and commands are late.
    const robot: RobotSpec = { ...loadRobot(name), readingMaxAgeS: 2, controlPeriodS: CONTROL_PERIOD_S };
    const index = robot.joints.findIndex((spec) => spec.name === joint);
    const device = await startVirtualDevice({
      ...{ robot, robotDirectory: robotDirectory(name), protocol: null, faults: null, seed: 1, calibrated: true },
      ...{ groundTruthFile, linkPath: null, onEvent: () => undefined },
    });
    const clock = new MonotonicClock();
    let endNs = 0;
    const { driver } = await connectServos({
      ...{ protocol: robot.servoBus!.protocol, address: device.path!, robot, calibration: null },
      ...{
        controlPeriodS: CONTROL_PERIOD_S,
        commandTimeoutMs: 1000,
        reconnectTimeoutMs: 0,
        clock,
        logger: silentLogger,
      },
    });
    try {
      const jogged = await jogToTarget(
        {
          ...{ driver, clock, joint: index, periodS: CONTROL_PERIOD_S, speed: 0.3 },
          guard: createGuard(robot, { controlPeriodS: CONTROL_PERIOD_S, readingMaxAgeS: 2, clock }),
          ...{
            plan: stopPlan(robot),
            stops: new StopRequests(),
            onState: () => (endNs = Number(process.hrtime.bigint())),
          },
        },
        move,
      );
      assert.ok(jogged !== null);
      assert.equal(jogged.stop.failure, null, jogged.stop.failure?.message);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const truth = positions(groundTruthFile, index);
      const settled = truth.findLast(({ atNs }) => atNs <= endNs)!;
      return { ...jogged, settled: settled.position, held: truth.at(-1)!.position };
    } finally {
      await driver.close();
      await device.close();
    }
  }

  function positions(file: string, joint: number): { readonly atNs: number; readonly position: number }[] {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines
      .filter((text) => text.includes('"kind":"joints"'))
      .map((text) => JSON.parse(text) as { atNs: number; positions: number[] })
      .map((line) => ({ atNs: line.atNs, position: line.positions[joint]! }));
  }

  for (const [name, joint, by] of [
    ['so101', 'shoulder_pan', 0.04],
    ['so101', 'shoulder_lift', -0.04],
    ['so101', 'elbow_flex', -0.1],
    ['koch', 'shoulder_pan', -0.04],
    ['koch', 'shoulder_lift', 0.04],
  ] as const) {
    it(`${name}: moves ${joint} by ${by} within the resolution, also under gravity, and holds it there`, async () => {
      const { result, stop, settled, held } = await jog(name, joint, { kind: 'by', value: by });
      assert.deepEqual([result.reached, result.shortfall], [true, null], JSON.stringify(result));
      assert.ok(Math.abs(result.error!) <= result.tolerance, JSON.stringify(result));
      assert.ok(isStopConfirmed(stop.report));
      const off = settled - (result.from + by);
      assert.ok(Math.abs(off) <= result.tolerance + 2 * RESOLUTION_RAD, `${settled} is off by ${off}`);
      assert.ok(Math.abs(held - settled) < HOLD_DRIFT_RAD, `held ${held}, settled ${settled}`);
    });
  }
});
