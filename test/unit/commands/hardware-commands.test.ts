import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { calibrateCommand } from '../../../src/commands/calibrate/calibrate.ts';
import { recoverCommand } from '../../../src/commands/clear-fault/clear-fault.ts';
import type { JogCommandOptions } from '../../../src/commands/hardware-options.ts';
import { jogCommand } from '../../../src/commands/jog/jog.ts';
import { scanCommand } from '../../../src/commands/scan/scan.ts';
import type { CommandUi, CommonOptions } from '../../../src/runs/command-ui.ts';
import { temporaryDirectory } from '../../support/cli.ts';

const data = temporaryDirectory();
after(() => data.remove());

const ui: CommandUi = {
  event: () => undefined,
  info: () => undefined,
  error: () => undefined,
  signal: new AbortController().signal,
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

/** None of these gets as far as opening a port. */
async function refused(attempt: Promise<number>, message: RegExp): Promise<void> {
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof SoftqdError);
    assert.deepEqual([error.code, error.exitCode], ['E_USAGE', 2], error.message);
    assert.match(error.message, message);
    assert.ok(error.hint.length > 5);
    return true;
  });
}

describe('commands for hardware refuse what they cannot mean', () => {
  it('scan: what is no servo bus', async () => {
    await refused(scanCommand({ ...common, driverUrl: 'bridge:/dev/null', ids: null }, ui), /is a microcontroller/);
    await refused(scanCommand({ ...common, driverUrl: '/dev/null', ids: null }, ui), /no robot on a serial port/);
  });

  it('calibrate: a robot without servos, or with others', async () => {
    const rest = {
      fromFile: null,
      measureDirections: false,
      restart: false,
      yes: false,
      enter: () => Promise.resolve(),
    };
    const run = (robot: string, driverUrl: string): Promise<number> =>
      calibrateCommand({ ...common, ...rest, robot, driverUrl }, ui);
    await refused(run('arm2', 'feetech:/dev/null'), /arm2 has no servo bus/);
    await refused(run('so101', 'dynamixel:/dev/null'), /so101 has feetech servos, not dynamixel/);
  });

  it('jog: another joint, a place outside the limits, the wrong kind of move, keys without a keyboard', async () => {
    const run = (
      joint: string,
      move: JogCommandOptions['move'],
      robot = 'so101',
      driverUrl = 'feetech:/dev/null',
    ): Promise<number> =>
      jogCommand({ ...common, robot, driverUrl, joint, move, speed: null, letGo: false, keys: null }, ui);
    await refused(run('elbow', { kind: 'by', value: 1 }), /no joint "elbow"; joints: shoulder_pan, .*elbow_flex/);
    await refused(run('gripper', { kind: 'to', value: 9 }), /gripper: 9 is outside its limits -0.174 to 1.745/);
    await refused(run('gripper', { kind: 'effort', value: 1, seconds: 1 }), /gripper already has a controller position/);
    await refused(run('gripper', null), /needs a terminal/);
    const rig = ['pendulum-rig', 'bridge:/dev/null'] as const;
    await refused(run('hinge', { kind: 'by', value: 1 }, ...rig), /hinge already has a controller effort/);
    await refused(run('hinge', { kind: 'effort', value: 1, seconds: 1 }, ...rig), /outside its limits -0.12 to 0.12/);
  });

  it('recover: a servo that the robot does not have', async () => {
    const run = recoverCommand({ ...common, id: 9, driverUrl: 'feetech:/dev/null', robot: 'so101' }, ui);
    await refused(run, /so101 has no servo 9; its servos: 1, 2, 3, 4, 5, 6/);
  });
});
