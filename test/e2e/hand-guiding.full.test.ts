import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XoshiroRandom } from '../../src/base/random.ts';
import type { Calibration } from '../../src/robot/calibration.ts';
import { FirstOrderMechanics } from '../../src/virtual/first-order-mechanics.ts';
import { ServoShafts } from '../../src/virtual/servo-shafts.ts';
import { requireAddon } from '../support/addon.ts';
import { Cli, cli, temporaryDirectory } from '../support/cli.ts';
import { PATIENT_NORMAL_PRIORITY } from '../support/patient-settings.ts';
import { loadRobot } from '../support/simulator.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

type Row = Readonly<Record<string, unknown>>;

const SEED = 3;
/** End stops are slightly elastic, encoders count integer steps, and a joint moves between two samples. */
const TOLERANCE_STEPS = 5;

describe('calibrating a virtual arm with simulated hand guiding', function () {
  realTimeTests(this, 180_000);
  const data = temporaryDirectory();
  let device: Cli | null = null;
  before(function () {
    requireAddon(this);
  });
  afterEach(async () => {
    device?.child.kill('SIGINT');
    await device?.done;
  });
  after(() => data.remove());

  it('measures the true calibration within five steps, and the robot moves with it', async () => {
    const link = join(data.path, 'arm');
    const seed = ['--seed', String(SEED)];
    device = new Cli([
      'virtual',
      '--robot',
      'so101',
      '--uncalibrated',
      '--hand-guiding',
      '--symlink',
      link,
      ...seed,
      '--json',
    ]);
    const events = device.events;
    await device.event(({ event }) => event === 'ready');
    const common = ['--robot', 'so101', '--driver', `feetech:${link}`, '--data', data.path, '--json'];

    const run = new Cli(['calibrate', ...common], { input: null });
    await run.event(({ event, step }) => event === 'prompt' && step === 'middle');
    if (events.at(-1)!['phase'] !== 'middle') await next(device, ({ phase }) => phase === 'middle');
    run.type('\n');
    await run.event(({ event, step }) => event === 'prompt' && step === 'range');
    await run.event(
      ({ event, joints }) => event === 'range' && (joints as Row[]).every(({ coverage }) => Number(coverage) > 0.995),
    );
    // 0.5 % of a range is more than the tolerance: the joint that is on its way arrives, and is sampled there.
    await next(device, ({ phase, end }) => phase === 'end' && end === 'highest');
    await next(run, ({ event }) => event === 'range');
    run.type('\n');
    const calibrated = await run.done;
    assert.equal(calibrated.code, 0, calibrated.stderr);

    const file = readFileSync(join(data.path, 'calibration', 'so101.json'), 'utf8');
    const { joints } = JSON.parse(file) as Calibration;
    for (const [i, truth] of trueCalibration().entries()) {
      const { name, homingOffsetSteps, minimumSteps, maximumSteps } = joints[i]!;
      const errors = [
        homingOffsetSteps - truth.homingOffsetSteps,
        minimumSteps - truth.minimumSteps,
        maximumSteps - truth.maximumSteps,
      ];
      assert.ok(Math.max(...errors.map(Math.abs)) <= TOLERANCE_STEPS, `${name}: ${errors.join(', ')} steps off`);
    }

    const jogged = await cli([
      'jog',
      'shoulder_pan',
      ...common,
      '--to',
      '0.3',
      '--speed',
      '1',
      '--torque-off',
      ...PATIENT_NORMAL_PRIORITY,
    ]);
    assert.equal(jogged.code, 0, jogged.stdout + jogged.stderr);
    assert.equal(jogged.events.at(-1)!['reached'], true);
  });
});

/** An event yet to come. */
function next({ events }: Cli, matches: (event: Row) => boolean): Promise<Row> {
  const past = events.length;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const found = events.slice(past).find(matches);
      if (found === undefined) return;
      clearInterval(timer);
      resolve(found);
    }, 20);
  });
}

/** What makes each joint's middle read 2048, and its end stops then, from how the simulator has mounted the horns. */
function trueCalibration(): readonly {
  readonly homingOffsetSteps: number;
  readonly minimumSteps: number;
  readonly maximumSteps: number;
}[] {
  const robot = loadRobot('so101');
  const mechanics = new FirstOrderMechanics(robot);
  const random = new XoshiroRandom(SEED).fork('shafts');
  const shafts = new ServoShafts(robot, mechanics, { calibrated: false, random });
  const stepsWithJointsAt = (part: number): readonly number[] => {
    robot.joints.forEach(({ limits: { minPositionRadOrM: low, maxPositionRadOrM: high } }, i) => {
      mechanics.positions[i] = low! + part * (high! - low!);
    });
    return shafts.shafts().map(({ turns }) => turns * 4096);
  };
  const [low, middle, high] = [0, 0.5, 1].map(stepsWithJointsAt);
  return robot.joints.map((_, i) => ({
    homingOffsetSteps: middle![i]! - 2048,
    minimumSteps: 2048 + low![i]! - middle![i]!,
    maximumSteps: 2048 + high![i]! - middle![i]!,
  }));
}
