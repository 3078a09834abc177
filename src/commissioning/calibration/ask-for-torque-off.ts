import type { RobotSpec } from '../../robot/robot-spec.ts';
import { stopError } from '../../runs/stopping/index.ts';
import { stopPlan } from '../../safety/index.ts';
import { COMMISSIONING_RETRIES, readRegister, servosByJoint, type ServoBus } from '../../servo/index.ts';
import { stopServos } from '../../servo/stop/index.ts';
import type { Operator } from './operator.ts';

export interface TorqueOffQuestion {
  readonly robot: RobotSpec;
  readonly bus: ServoBus;
  readonly person: Operator;
  /** Turn it off without a prompt. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
  /** Called when a person has agreed, before torque is turned off. */
  readonly onTorqueOff: () => void;
}

/**
 * Turns the torque of all servos off so that the arm can be moved by hand. Where a joint has torque it asks first: an unsupported arm falls.
 * Nothing is written when no joint has torque. Rejects as Operator.waitForEnter, with the torque as it was; with E_STOP_UNCONFIRMED when a
 * servo did not confirm.
 */
export async function askForTorqueOff(question: TorqueOffQuestion): Promise<void> {
  const { robot, bus, person, yes, signal, onTorqueOff } = question;
  const holding: string[] = [];
  for (const { spec, joint } of servosByJoint(robot))
    if ((await readRegister(bus, spec.id, 'torqueEnable', COMMISSIONING_RETRIES)) !== 0) holding.push(joint);
  if (holding.length > 0 && !yes) await person.waitForEnter(torqueOffPrompt(robot, holding), signal);
  onTorqueOff();
  if (holding.length > 0) {
    const plan = stopPlan(robot, 'torque-off');
    const failure = stopError(plan, { report: await stopServos(bus, robot, plan), parked: null, failure: null });
    if (failure !== null) throw failure;
  }
  person.emit({ event: 'calibration', step: 'torque-off', text: 'Torque is off: move the arm by hand.' });
}

/** The question before the torque of these joints is turned off. */
export function torqueOffPrompt(
  robot: RobotSpec,
  joints: readonly string[],
): { readonly step: 'torque-off'; readonly text: string } {
  const modes = robot.joints.filter(({ name }) => joints.includes(name)).map(({ stopMode }) => stopMode);
  const canceled = modes.every((mode) => mode === 'hold') ? 'leaves it on' : 'sets the stop mode of each joint';
  const text = `Torque is on: ${joints.join(', ')}. Support the arm, then press Enter to turn torque off (Ctrl-C ${canceled}).`;
  return { step: 'torque-off', text };
}
