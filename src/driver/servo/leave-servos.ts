import type { Clock } from '../../base/clock.ts';
import type { StopPlan, StopReport } from '../../robot/stop-plan.ts';
import { startWatchdog, type WatchdogProcess } from '../watchdog/index.ts';
import type { RobotServos } from './robot-servos.ts';
import { SessionStop } from './session-stop.ts';

export interface LeaveServosOptions extends RobotServos {
  readonly plan: StopPlan;
  readonly clock: Clock;
  /** Where the watchdog process of joints that hold hands over the port; null: nothing is supervised. */
  readonly holdSocketPath: string | null;
}

/**
 * Stops servos that no driver controls, as ServoDriver.disarm does: by the plan, confirmed joint by joint. Joints that hold afterwards are
 * left to a watchdog process. Call it before the bus is closed; never rejects.
 */
export async function leaveServos(options: LeaveServosOptions): Promise<StopReport> {
  const { bus, robot, logger, plan, clock, holdSocketPath } = options;
  let watchdog: WatchdogProcess | null = null;
  const stopper = new SessionStop({
    ...{ clock, logger, plan, samples: () => [], watchdog: () => watchdog, timeoutS: 0 },
    servos: { bus, robot, maps: [] },
  });
  const report = await stopper.stop(plan);
  const { descriptor } = bus.transport;
  if (stopper.held.length === 0 || holdSocketPath === null || descriptor === null || descriptor === undefined)
    return report;
  try {
    watchdog = await startWatchdog({
      ...{ descriptor, robot, plan, holdSocketPath },
      ...{ protocol: bus.protocol.name, baudRate: bus.baudRate, timeoutMs: 0 },
      ...{ isDriving: () => false, onStopped: () => undefined, onLost: () => undefined },
    });
    await stopper.superviseAgain();
    await watchdog.shutDown({ keep: true });
  } catch (error) {
    logger.warning(`${robot.name}: joints hold without a time limit: ${String(error)}`);
  }
  return report;
}
