import type { Clock } from '../../base/clock.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import { leaveServos } from '../../driver/index.ts';
import { uiLogger } from '../../runs/index.ts';
import { stopError, stoppedEvent } from '../../runs/stopping/index.ts';
import { stopPlan } from '../../safety/index.ts';
import type { SerialServoBus } from '../../servo/index.ts';
import { readStopStates } from '../../servo/stop/index.ts';
import type { Operator } from './operator.ts';

export interface StopAfterOptions {
  readonly robot: RobotSpec;
  readonly bus: SerialServoBus;
  readonly clock: Clock;
  readonly person: Pick<Operator, 'emit' | 'info'>;
  /** Where the watchdog process of joints that hold hands over the port; null: nothing is supervised. */
  readonly holdSocketPath: string | null;
}

/**
 * Does `work` by hand guiding and leaves the robot by a stop plan, however the work ends: that of the robot file, in which a joint without
 * torque stays so, until `onTorqueOff` is called; then torque stays off. Rejects as `work`; with E_STOP_UNCONFIRMED when it was done or
 * canceled and a joint did not confirm.
 */
export async function stopAfter<Result>(
  options: StopAfterOptions,
  work: (onTorqueOff: () => void) => Promise<Result>,
): Promise<Result> {
  const { robot, person } = options;
  let plan = await planAsFound(options);
  const onTorqueOff = (): void => {
    plan = stopPlan(robot, 'torque-off');
  };
  const outcome = await work(onTorqueOff).then(
    (result) => ({ result }),
    (thrown: unknown) => ({ thrown }),
  );
  const report = await leaveServos({ ...options, plan, logger: uiLogger(person) });
  const stop = { report, parked: null, failure: null };
  person.emit(stoppedEvent(plan, stop));
  const unconfirmed = stopError(plan, stop);
  if ('thrown' in outcome && !isAbort(outcome.thrown)) throw outcome.thrown;
  if (unconfirmed !== null) throw unconfirmed;
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.result;
}

async function planAsFound({ robot, bus }: StopAfterOptions): Promise<StopPlan> {
  const plan = stopPlan(robot);
  const released = stopPlan(robot, 'torque-off');
  const states = await readStopStates(bus, robot);
  const joints = plan.joints.map((joint, i) => (states[i]?.torque === 'off' ? released.joints[i]! : joint));
  return { ...plan, joints };
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
