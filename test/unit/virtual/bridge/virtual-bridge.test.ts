import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { firstValueFrom, take, timeout, toArray } from 'rxjs';
import { openPseudoTerminal, type PseudoTerminal } from '../../../../src/addon/index.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { throwOnFault } from '../../../../src/driver/port.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import { createVirtualBridge } from '../../../../src/virtual/bridge/index.ts';
import type { JointDrive, JointState, VirtualBoard } from '../../../../src/virtual/port.ts';
import { connectTo, pendulumRig, servoPair, type TestConnection } from '../../../support/bridge.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { skipUnless } from '../../../support/skips.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

const program = new URL('../../../../native/build/host-bridge', import.meta.url);

/** The board on a pseudo-terminal, with one joint of 0.004 kg m² and no other efforts. */
class Rig {
  readonly board: VirtualBoard = createVirtualBridge(pendulumRig);
  joint: JointState = { positionRadOrM: 0.25, velocityRadOrMPerS: 0, effortNmOrN: 0 };
  drive: JointDrive = { kind: 'torque-off' };
  readonly terminal: PseudoTerminal = openPseudoTerminal();
  private readonly begun = process.hrtime.bigint();
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.terminal.stream.on('data', (bytes: Uint8Array) => this.board.receive(bytes, this.nowNs));
    this.timer = setInterval(() => this.step(), 1);
  }

  get nowNs(): number {
    return Number(process.hrtime.bigint() - this.begun);
  }

  get doing(): string {
    return this.drive.kind;
  }

  step(): void {
    [this.drive] = this.board.step([this.joint], this.nowNs) as [JointDrive];
    const effort = this.drive.kind === 'effort' ? this.drive.effortNmOrN : 0;
    const speed = this.joint.velocityRadOrMPerS + (effort / 0.004) * 0.001;
    this.joint = {
      positionRadOrM: this.joint.positionRadOrM + speed * 0.001,
      velocityRadOrMPerS: speed,
      effortNmOrN: effort,
    };
    for (let frame = this.board.transmit(this.nowNs); frame !== null; frame = this.board.transmit(this.nowNs))
      this.terminal.stream.write(frame);
  }

  close(): void {
    clearInterval(this.timer);
    this.board.close();
    this.terminal.close();
  }
}

function readings({ driver }: TestConnection, count: number): Promise<Reading[]> {
  return firstValueFrom(driver.readings$.pipe(throwOnFault(), take(count), toArray(), timeout(10_000)));
}

describe('the virtual bridge', () => {
  let rig: Rig;
  let connection: TestConnection | null = null;

  before(function () {
    skipUnless(this, existsSync(program), 'native/build/host-bridge (a C compiler at npm run build)');
  });

  beforeEach(() => {
    rig = new Rig();
  });

  afterEach(async () => {
    await connection?.driver.close();
    connection = null;
    rig.close();
  });

  it('runs the firmware: sends Welcome, measures the joints and drives them when armed', async () => {
    connection = await connectTo(rig.terminal.path, { robot: { ...pendulumRig, sensors: [] } });
    const { driver } = connection;
    const [first] = await readings(connection, 1);
    assert.ok(Math.abs(first!.positions[0]! - 0.25) < 1e-6);
    assert.equal(rig.doing, 'torque-off');
    await driver.arm();
    const pushing = driver.readings$.pipe(throwOnFault()).subscribe(({ sequence }) => {
      driver.apply(unguardedForTest(sequence, [0.05]));
    });
    await readings(connection, 30);
    assert.equal(rig.doing, 'effort');
    const moved = (await readings(connection, 1))[0]!;
    assert.ok(moved.positions[0]! > 0.25 && moved.velocities[0]! > 0);
    pushing.unsubscribe();
    await driver.disarm(stopPlan(driver.spec), 'done');
    await readings(connection, 5);
    assert.notEqual(rig.doing, 'effort');
  });

  it('sends nothing and has no torque without power, and starts a new session afterward', async () => {
    connection = await connectTo(rig.terminal.path, { robot: { ...pendulumRig, sensors: [] } });
    await readings(connection, 2);
    rig.board.brownOut(rig.nowNs);
    assert.equal(rig.board.transmit(rig.nowNs), null);
    assert.deepEqual(rig.board.step([rig.joint], rig.nowNs), [{ kind: 'torque-off' }]);
    await connection.driver.close();
    connection = await connectTo(rig.terminal.path, { robot: { ...pendulumRig, sensors: [] } });
    assert.equal((await readings(connection, 2)).length, 2);
  });

  it('rejects arming with an undervoltage, and after a drive has tripped', async () => {
    rig.board.setSupplyVolts(6);
    connection = await connectTo(rig.terminal.path, { robot: { ...pendulumRig, sensors: [] } });
    await readings(connection, 5);
    await assert.rejects(connection.driver.arm(), SoftqdError);
    rig.board.setSupplyVolts(12);
    rig.board.overload(0);
    await readings(connection, 20);
    await assert.rejects(connection.driver.arm(), SoftqdError);
  });

  it('stops with its reason when the emergency stop is pressed or the motors are hot, and arms again afterwards', async () => {
    connection = await connectTo(rig.terminal.path, { robot: { ...pendulumRig, sensors: [] } });
    const { driver } = connection;
    await readings(connection, 5);
    for (const [worse, better, reason] of [
      [() => rig.board.setEmergencyStop(true), () => rig.board.setEmergencyStop(false), /emergency/],
      [() => rig.board.setTemperature(95), () => rig.board.setTemperature(30), /temperature/],
    ] as const) {
      await driver.arm();
      const fault = new Promise<Error>((resolve) =>
        driver.readings$.pipe(throwOnFault()).subscribe({ error: resolve }),
      );
      worse();
      assert.match((await fault).message, reason);
      better();
      await driver.disarm(stopPlan(driver.spec), 'seen');
      await assert.rejects(driver.arm(), { code: 'E_SAFETY_STATE' });
      await driver.clearFault();
      await readings(connection, 20);
    }
    await driver.arm();
  });

  it('has the robots of the firmware', () => {
    assert.throws(() => createVirtualBridge(servoPair), /no bridge firmware for servo-pair/);
  });
});
