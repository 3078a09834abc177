import type { Clock } from '../base/clock.ts';
import type { Driver } from '../driver/index.ts';
import { applyLoopScheduling } from '../processes/index.ts';
import type { Guard } from '../safety/port.ts';
import { createGuardForRobot } from './components.ts';
import { connectDriver, type ConnectDriverOptions } from './connect-driver.ts';
import { openLoopClock } from './loop-clock.ts';

/** A robot that a command moves through the guard, without a task and a policy. */
export interface GuardedRobot {
  readonly driver: Driver;
  readonly guard: Guard;
  readonly clock: Clock;
  readonly periodS: number;
}

/**
 * Connects a robot, disarmed, at its control period; this process takes the scheduling of a control loop. Everything it opens, `closer` closes.
 * Rejects as the driver when it cannot be connected.
 */
export async function connectGuarded(options: Omit<ConnectDriverOptions, 'rateHz' | 'time'>): Promise<GuardedRobot> {
  const { selected, ui, closer } = options;
  const periodS = selected.robot.controlPeriodS;
  const time = openLoopClock();
  closer.defer(() => time.close());
  const { driver, simulated } = await connectDriver({ ...options, rateHz: 1 / periodS, time });
  applyLoopScheduling(selected.loaded.config.control, { isHardware: !simulated, info: (text) => ui.info(text) });
  const guard = createGuardForRobot(driver.spec, { simulated, controlPeriodS: periodS, clock: time.clock });
  return { driver, guard, clock: time.clock, periodS };
}
