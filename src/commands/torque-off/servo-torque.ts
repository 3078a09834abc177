import { toSoftqdError } from '../../base/errors.ts';
import { busOpener, robotBusAddress, type ServoAddress } from '../../commissioning/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { JointStopResult } from '../../robot/stop-plan.ts';
import type { CommandUi } from '../../runs/index.ts';
import {
  DRIVING_RETRIES,
  readRegister,
  requireServoBus,
  torqueOff,
  withBus,
  type ServoBus,
} from '../../servo/index.ts';

/** A joint whose motor has torque, and what it carries. */
export interface LoadedJoint {
  readonly joint: string;
  /** Fraction of the motor's maximum, -1 to 1; null: not known. */
  readonly load: number | null;
}

/** The joints that have torque now. A servo that does not reply is left out. */
export function readTorque(
  robot: RobotSpec,
  address: ServoAddress,
  ui: Pick<CommandUi, 'info'>,
): Promise<readonly LoadedJoint[]> {
  return withBus(busOpener(ui), robotBusAddress(robot, address), async (bus) => {
    const loaded: LoadedJoint[] = [];
    for (const [i, { id, modelNumber }] of requireServoBus(robot).servos.entries()) {
      const torque = await readRegister(bus, id, 'torqueEnable', DRIVING_RETRIES).catch(() => 0);
      if (torque !== 0) loaded.push({ joint: robot.joints[i]!.name, load: await readLoad(bus, id, modelNumber) });
    }
    return loaded;
  });
}

async function readLoad(bus: ServoBus, id: number, modelNumber: number): Promise<number | null> {
  try {
    const [reply] = await bus.syncRead({ ...bus.protocol.stateBlock, ids: [id] });
    return reply?.kind === 'data' ? bus.protocol.parseState(reply.data, modelNumber).load : null;
  } catch {
    return null;
  }
}

/** Turns torque off, servo by servo, each read back; a failure of one does not keep the others from it. */
export function turnTorqueOff(
  robot: RobotSpec,
  address: ServoAddress,
  ui: Pick<CommandUi, 'info'>,
): Promise<readonly JointStopResult[]> {
  return withBus(busOpener(ui), robotBusAddress(robot, address), async (bus) => {
    const results: JointStopResult[] = [];
    for (const [i, { id }] of requireServoBus(robot).servos.entries()) {
      const joint = robot.joints[i]!.name;
      const detail = await torqueOff(bus, [id]).then(
        () => null,
        (thrown: unknown) => toSoftqdError(thrown).message,
      );
      results.push({ joint, mode: 'torque-off', confirmed: detail === null, detail });
    }
    return results;
  });
}
