import type { RobotSpec } from '../../robot/robot-spec.ts';
import { COMMISSIONING_RETRIES, readRegister, servosByJoint, torqueOff, type ServoBus } from '../../servo/index.ts';
import type { Operator } from './operator.ts';

export interface TorqueOffQuestion {
  readonly robot: RobotSpec;
  readonly bus: ServoBus;
  readonly person: Operator;
  /** Turn it off without a prompt. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Turns the torque of all servos off so that the arm can be moved by hand. Where a joint has torque it asks first: an unsupported arm falls.
 * Nothing is written when no joint has torque. Rejects as Operator.waitForEnter, with the torque as it was.
 */
export async function askForTorqueOff({ robot, bus, person, yes, signal }: TorqueOffQuestion): Promise<void> {
  const holding: { readonly id: number; readonly joint: string }[] = [];
  for (const { spec, joint } of servosByJoint(robot)) {
    if ((await readRegister(bus, spec.id, 'torqueEnable', COMMISSIONING_RETRIES)) !== 0)
      holding.push({ id: spec.id, joint });
  }
  if (holding.length > 0) {
    if (!yes) {
      const joints = holding.map(({ joint }) => joint).join(', ');
      const text = `Torque is on: ${joints}. Support the arm, then press Enter to turn torque off (Ctrl-C leaves it on).`;
      await person.waitForEnter({ step: 'torque-off', text }, signal);
    }
    await torqueOff(
      bus,
      holding.map(({ id }) => id),
    );
  }
  person.emit({ event: 'calibration', step: 'torque-off', text: 'Torque is off: move the arm by hand.' });
}
