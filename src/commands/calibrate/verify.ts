import { SoftqdError } from '../../base/errors.ts';
import { EXIT_INTERRUPTED } from '../../cli/index.ts';
import { verifyDirections } from '../../commissioning/index.ts';
import type { LoadedConfig } from '../../config/index.ts';
import { applyLoopScheduling } from '../../processes/index.ts';
import {
  CleanupStack,
  connectDriver,
  createGuardForRobot,
  openLoopClock,
  parseDriverUrl,
  requireRobot,
  type CommandUi,
} from '../../runs/index.ts';
import { StickyFaults } from '../../runs/sticky-faults/index.ts';
import { stopError, stoppedEvent } from '../../runs/stopping/index.ts';
import { stopPlan } from '../../safety/port.ts';
import type { CalibrateCommandEvent, CalibrateCommandOptions } from './types.ts';

/** A person must be asked before the joints move. Throws E_USAGE where none can be asked, and without --yes. */
export function requireVerifiable({ yes, confirm }: CalibrateCommandOptions): void {
  if (yes || confirm !== null) return;
  throw new SoftqdError('E_USAGE', '--verify-directions moves every joint, asks first, and there is no terminal', {
    hint: 'Pass --yes to let the joints move without asking; then only what the servos measure is compared.',
  });
}

/**
 * `--verify-directions`: proves the direction of each joint of a calibrated robot. A direction that is not proven is kept as a fault of the
 * robot, so that no run drives it. Returns the exit code.
 */
export async function verifyCommand(
  options: CalibrateCommandOptions,
  loaded: LoadedConfig,
  ui: CommandUi<CalibrateCommandEvent>,
): Promise<number> {
  const selected = { ...requireRobot(loaded), loaded };
  const { robot } = selected;
  if (!options.yes && options.confirm !== null) {
    const text = `Torque turns on, and each joint of ${robot.name} moves by up to 0.1 rad (m), slowly. Put it into a free pose and keep clear.`;
    if (!(await options.confirm(text, ui.signal)))
      throw new SoftqdError('E_USAGE', 'the directions were not verified: not confirmed', {
        hint: 'Type yes to confirm.',
      });
  }
  const periodS = robot.controlPeriodS;
  const closer = new CleanupStack();
  const time = openLoopClock();
  closer.defer(() => time.close());
  try {
    const { clock } = time;
    const { driver, simulated } = await connectDriver({
      ...{ selected, robotId: options.robotId, url: parseDriverUrl(options.driverUrl), rateHz: 1 / periodS },
      ...{ time, closer, ui: { ...ui, event: () => undefined } },
    });
    applyLoopScheduling(loaded.config.control, { isHardware: !simulated, info: (text) => ui.info(text) });
    const plan = stopPlan(driver.spec);
    const verified = await verifyDirections({
      ...{ driver, clock, periodS, plan, stops: ui.stops, ask: options.yes ? null : options.answer },
      guard: createGuardForRobot(driver.spec, { simulated, controlPeriodS: periodS, clock }),
      onMotion: (joint, text) => ui.event({ event: 'motion', joint, text }),
      onVerified: (direction) => ui.event({ event: 'direction', ...direction }),
    });
    if (verified === null) return EXIT_INTERRUPTED;
    ui.event(stoppedEvent(plan, verified.stop));
    const error = stopError(plan, verified.stop);
    if (error === null) return ui.signal.aborted ? EXIT_INTERRUPTED : 0;
    new StickyFaults(loaded.config.data.directory, robot.name, options.robotId).keep(error, null);
    throw error;
  } finally {
    await closer.close();
  }
}
