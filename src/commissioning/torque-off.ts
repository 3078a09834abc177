import type { RobotSpec } from '../robot/robot-spec.ts';
import type { StopReport } from '../robot/stop-plan.ts';
import type { CommandUi } from '../runs/index.ts';
import { stopPlan } from '../safety/index.ts';
import { withBus } from '../servo/index.ts';
import { readStopStates, stopServos } from '../servo/stop/index.ts';
import { busOpener, robotBusAddress, type ServoAddress } from './servo-address.ts';

/** A joint that turning torque off may drop. */
export interface LoadedJoint {
  readonly joint: string;
  /** Fraction of the motor's maximum, 0 to 1; null: the servo does not reply, and may have torque. */
  readonly load: number | null;
}

/** The joints whose servos have torque, or do not reply. Rejects as the opening of the bus. */
export function jointsWithTorque(
  robot: RobotSpec,
  address: ServoAddress,
  ui: Pick<CommandUi, 'info'>,
): Promise<readonly LoadedJoint[]> {
  return withBus(busOpener(ui), robotBusAddress(robot, address), async (bus) => {
    const states = await readStopStates(bus, robot);
    return robot.joints.flatMap(({ name: joint }, i): LoadedJoint[] => {
      const state = states[i] ?? null;
      return state?.torque === 'off' ? [] : [{ joint, load: state?.load ?? null }];
    });
  });
}

/** Turns the torque of every servo off, confirmed joint by joint. Rejects as the opening of the bus. */
export function turnTorqueOff(
  robot: RobotSpec,
  address: ServoAddress,
  ui: Pick<CommandUi, 'info'>,
): Promise<StopReport> {
  return withBus(busOpener(ui), robotBusAddress(robot, address), (bus) =>
    stopServos(bus, robot, stopPlan(robot, 'torque-off')),
  );
}
