import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { calibrateCommand } from '../../../src/commands/calibrate/calibrate.ts';
import { clearFaultCommand } from '../../../src/commands/clear-fault/clear-fault.ts';
import { jogCommand } from '../../../src/commands/jog/jog.ts';
import type { JogCommandOptions } from '../../../src/commands/jog/types.ts';
import { scanCommand } from '../../../src/commands/scan/scan.ts';
import type { CommonOptions } from '../../../src/cli/index.ts';
import type { CommandUi } from '../../../src/runs/command-ui.ts';
import { StopRequests } from '../../../src/runs/stop-requests/index.ts';
import { temporaryDirectory } from '../../support/cli.ts';

const data = temporaryDirectory();
after(() => data.remove());

const ui: CommandUi<object> = {
  event: () => undefined,
  info: () => undefined,
  error: () => undefined,
  signal: new AbortController().signal,
  stops: new StopRequests(),
};

const common: CommonOptions = {
  json: true,
  configure: (selection) =>
    loadConfig({
      flags: { 'data.directory': data.path },
      env: {},
      file: undefined,
      robot: selection?.robot,
      task: undefined,
    }),
};

/** The command fails with E_USAGE before it opens a port. */
async function assertRejected(attempt: Promise<number>, message: RegExp): Promise<void> {
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof SoftqdError);
    assert.deepEqual([error.code, error.exitCode], ['E_USAGE', 2], error.message);
    assert.match(error.message, message);
    assert.ok(error.hint.length > 5);
    return true;
  });
}

describe('hardware commands', () => {
  it('scan rejects driver URLs that are not servo buses', async () => {
    await assertRejected(
      scanCommand({ ...common, driverUrl: 'bridge:/dev/null', ids: null }, ui),
      /is a microcontroller/,
    );
    await assertRejected(scanCommand({ ...common, driverUrl: '/dev/null', ids: null }, ui), /not a serial driver URL/);
  });

  it('calibrate rejects a robot without servos, or with servos of another protocol', async () => {
    const rest = {
      importFile: null,
      measureDirections: false,
      restart: false,
      yes: false,
      withEnterPrompt: <T>(use: (waitForEnter: () => Promise<void>) => Promise<T>): Promise<T> =>
        use(() => Promise.resolve()),
      ...{ confirm: null, answer: null },
    };
    const run = (robot: string, driverUrl: string, verifyDirections = false): Promise<number> =>
      calibrateCommand({ ...common, ...rest, verifyDirections, robotId: null, robot, driverUrl }, ui);
    await assertRejected(run('arm2', 'feetech:/dev/null'), /arm2 has no servo bus/);
    await assertRejected(run('so101', 'dynamixel:/dev/null'), /so101 has feetech servos, not dynamixel/);
    await assertRejected(
      run('so101', 'feetech:/dev/null', true),
      /moves every joint, asks first, and there is no term/,
    );
  });

  it('jog rejects unknown joints, targets outside the limits, moves of the wrong kind, and keys without a terminal', async () => {
    const run = (
      joint: string,
      move: JogCommandOptions['move'],
      robot = 'so101',
      driverUrl = 'feetech:/dev/null',
    ): Promise<number> =>
      jogCommand(
        { ...common, robotId: null, robot, driverUrl, joint, move, speed: null, torqueOff: false, keys: null },
        ui,
      );
    await assertRejected(
      run('elbow', { kind: 'by', value: 1 }),
      /no joint "elbow"; joints: shoulder_pan, .*elbow_flex/,
    );
    await assertRejected(run('gripper', { kind: 'to', value: 9 }), /gripper: 9 is outside its limits -0.174 to 1.745/);
    await assertRejected(run('gripper', { kind: 'effort', value: 1, seconds: 1 }), /gripper is controlled by position/);
    await assertRejected(run('gripper', null), /requires a terminal/);
    const rig = ['pendulum-rig', 'bridge:/dev/null'] as const;
    await assertRejected(run('hinge', { kind: 'by', value: 1 }, ...rig), /hinge is effort-controlled/);
    await assertRejected(
      run('hinge', { kind: 'effort', value: 1, seconds: 1 }, ...rig),
      /outside its limits -0.12 to 0.12/,
    );
  });

  it('clear-fault rejects a servo that the robot does not have', async () => {
    const options = { ...common, id: 9, driverUrl: 'feetech:/dev/null', robot: 'so101', robotId: null };
    const attempt = clearFaultCommand({ ...options, yes: false, confirm: null }, ui);
    await assertRejected(attempt, /so101 has no servo 9; its servos: 1, 2, 3, 4, 5, 6/);
  });
});
