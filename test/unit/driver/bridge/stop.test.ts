import assert from 'node:assert/strict';
import { decodeLinkToBoard, BridgeFrameDecoder, type LinkToBoard } from '../../../../src/wire/bridge/index.ts';
import { openSerial, type SerialTransport } from '../../../../src/serial/index.ts';
import type { BridgeDriver } from '../../../../src/driver/bridge/bridge-driver.ts';
import { isStopConfirmed } from '../../../../src/robot/stop-plan.ts';
import { stopPlan } from '../../../../src/safety/index.ts';
import { connectTo, pendulumRig, servoPair, startHostBridge, type RunningBoard } from '../../../support/bridge.ts';
import { hasProgram } from '../../../support/firmware.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { skipUnless } from '../../../support/skips.ts';

/** A serial port whose first messages of a type are lost on the cable. */
async function losing(path: string, type: LinkToBoard['type'], count: number): Promise<SerialTransport> {
  const transport = await openSerial({ address: path, baudRate: 921_600 });
  const write = transport.write.bind(transport);
  let left = count;
  transport.write = (frame) => {
    const decoder = new BridgeFrameDecoder();
    decoder.append(frame);
    if (left > 0 && decodeLinkToBoard(decoder.next()!).type === type) {
      left--;
      return true;
    }
    return write(frame);
  };
  return transport;
}

describe('the stop of a bridge', function () {
  this.timeout(60_000);
  let board: RunningBoard;
  let driver: BridgeDriver;

  before(function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
  });

  async function armed(options: Parameters<typeof connectTo>[1] = {}): Promise<void> {
    board = await startHostBridge('--relaxed-timeouts', '--robot', 'servo-pair');
    await connect(options);
    await driver.arm();
    driver.apply(unguardedForTest(0, [0, 0]));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async function connect(options: Parameters<typeof connectTo>[1] = {}): Promise<void> {
    const given = { robot: servoPair, validForMs: 1000, receiveTimeoutMs: 2000, reconnectTimeoutMs: 0, ...options };
    ({ driver } = await connectTo(board.path, given));
  }

  const open = (type: LinkToBoard['type'], count: number): Parameters<typeof connectTo>[1] => ({
    open: ({ address }) => losing(address, type, count),
  });

  afterEach(async () => {
    await driver.close();
    await board.stop();
  });

  it('puts each joint in its own stop mode and reports it', async () => {
    await armed();
    const { joints } = await driver.disarm(stopPlan(servoPair), 'test');
    assert.deepEqual(joints, [
      { joint: 'pan', mode: 'hold', confirmed: true, detail: null },
      { joint: 'tilt', mode: 'torque-off', confirmed: true, detail: null },
    ]);
  });

  it('can be lowered afterwards, and is not raised again', async () => {
    await armed();
    const modes = async (mode?: 'hold' | 'damp' | 'torque-off'): Promise<string[]> => {
      const report = await driver.disarm(stopPlan(servoPair, mode), 'test');
      assert.ok(isStopConfirmed(report));
      return report.joints.map((joint) => joint.mode);
    };
    assert.deepEqual(await modes('damp'), ['damp', 'torque-off']);
    assert.deepEqual(await modes('hold'), ['damp', 'torque-off']);
    assert.deepEqual(await modes('torque-off'), ['torque-off', 'torque-off']);
  });

  it('is confirmed without torque on a board that was never armed', async () => {
    board = await startHostBridge('--robot', 'servo-pair');
    await connect();
    const report = await driver.disarm(stopPlan(servoPair), 'test');
    assert.ok(isStopConfirmed(report));
    assert.deepEqual(
      report.joints.map(({ mode }) => mode),
      ['torque-off', 'torque-off'],
    );
  });

  it('changes to the next mode after the hold time of the plan', async () => {
    await armed();
    const plan = stopPlan({ ...servoPair, stop: { ...SHORT, then: 'torque-off' } });
    assert.deepEqual((await driver.disarm(plan, 'test')).joints[0]!.mode, 'hold');
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.deepEqual((await driver.disarm(plan, 'test')).joints[0]!.mode, 'torque-off');
  });

  it('survives the loss of the first requests on the cable without a fault that a person must clear', async () => {
    await armed(open('disarm', 2));
    assert.ok(isStopConfirmed(await driver.disarm(stopPlan(servoPair), 'test')));
    await driver.arm();
  });

  it('is reported as unconfirmed for every joint when no request arrives; the board stops without one and says so', async () => {
    await armed(open('disarm', 1000));
    const report = await driver.disarm(stopPlan(servoPair), 'test');
    assert.deepEqual(
      report.joints.map(({ confirmed }) => confirmed),
      [false, false],
    );
    assert.match(report.joints[0]!.detail!, /no confirmation from the board/);
    await assert.rejects(driver.arm(), /keeps a stop until the fault is cleared: not-engaged/);
    await driver.clearFault();
    await driver.arm();
  });

  it('is reported as unconfirmed after the board was lost', async () => {
    await armed();
    await board.stop();
    const report = await driver.disarm(stopPlan(servoPair), 'test');
    assert.deepEqual(
      report.joints.map(({ detail }) => detail),
      Array(2).fill('disconnected; the board stops without heartbeats'),
    );
    await assert.rejects(driver.clearFault(), { code: 'E_SERIAL_LOST' });
  });

  it('is not cleared while armed', async () => {
    await armed();
    await assert.rejects(driver.clearFault(), { code: 'E_SAFETY_STATE' });
    board.child.kill('SIGSTOP');
    await assert.rejects(driver.clearFault(), { code: 'E_TIMEOUT' });
    board.child.kill('SIGCONT');
  });

  it('holds no other time than the robot file says: another board is rejected', async () => {
    board = await startHostBridge('--robot', 'servo-pair');
    for (const stop of [
      { ...DEFAULTS, holdS: 10 },
      { ...DEFAULTS, then: 'torque-off' as const },
      { ...DEFAULTS, maxHoldTemperatureC: 50 },
    ]) {
      await assert.rejects(connectTo(board.path, { robot: { ...servoPair, stop } }), /pan .stop/);
    }
  });

  it('of a damped joint does not depend on the hold time', async () => {
    board = await startHostBridge();
    ({ driver } = await connectTo(board.path, { robot: { ...pendulumRig, stop: { ...DEFAULTS, holdS: 10 } } }));
    assert.equal(driver.spec.stop!.holdS, 10);
  });
});

const DEFAULTS = { holdS: 300, then: 'damp', maxHoldTemperatureC: 60, restPositionsRadOrM: null } as const;
const SHORT = { ...DEFAULTS, holdS: 0.2 };
