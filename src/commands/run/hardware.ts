import { SoftqdError } from '../../base/errors.ts';
import type { Confirm } from '../../cli/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { CommandUi, RobotAndTask } from '../../runs/index.ts';
import { StickyFaults } from '../../runs/sticky-faults/index.ts';
import type { RunCommandEvent, RunOptions } from './types.ts';

/** Below this rate the joints would not be in their stop mode within 100 ms after the daemon froze, Hz. */
const MIN_HARDWARE_RATE_HZ = 25;

/**
 * What a run on hardware requires before anything is opened. Throws E_USAGE without a policy or --explore, E_CONFIG_VALUE for a slow
 * control rate, E_FAULT_STICKY for a fault that was not cleared, unless a person clears it now.
 */
export async function requireHardwareRun(
  options: RunOptions,
  { robot, taskFile, loaded }: RobotAndTask,
  { rateHz, ui }: { readonly rateHz: number; readonly ui: CommandUi<RunCommandEvent> },
): Promise<void> {
  if (options.policyFile === null && !options.explore) {
    throw new SoftqdError('E_USAGE', `${robot.name} on hardware needs --policy FILE or --explore`, {
      hint: 'Pass --policy FILE, trained with softqd pretrain; or --explore to let an untrained network move the robot at random.',
      values: { robot: robot.name },
    });
  }
  if (rateHz < MIN_HARDWARE_RATE_HZ) {
    throw new SoftqdError(
      'E_CONFIG_VALUE',
      `control.rateHz is ${Number(rateHz.toPrecision(4))}: hardware needs at least ${MIN_HARDWARE_RATE_HZ} Hz, or a frozen daemon would be noticed too late`,
      { hint: `Pass --rate ${MIN_HARDWARE_RATE_HZ} or more.`, values: { key: 'control.rateHz', value: rateHz } },
    );
  }
  await requireNoFault(
    new StickyFaults(loaded.config.data.directory, robot.name, options.robotId),
    options.confirm,
    ui,
  );
  if (options.policyFile === null)
    ui.info(exploreText(robot, Number(taskFile.parameters['maxSpeedRadOrMPerS'] ?? Infinity)));
}

async function requireNoFault(
  faults: StickyFaults,
  confirm: Confirm | null,
  ui: CommandUi<RunCommandEvent>,
): Promise<void> {
  const fault = faults.read();
  if (fault === null) return;
  if (confirm === null) throw faults.refusal(fault);
  ui.info(`${fault.robot} stopped with a fault at ${fault.at}: ${fault.message} [${fault.code}]`);
  const cleared = await confirm('Clear this fault and arm the robot? Its cause must be removed.', ui.signal);
  if (!cleared) throw faults.refusal(fault);
  faults.clear();
}

/** States plainly what an untrained network does, and how fast it can move each joint. */
function exploreText({ name, joints }: RobotSpec, taskSpeed: number): string {
  const speeds = joints.map(({ name: joint, kind, limits, commandMode }) => {
    const speed = Math.min(limits.maxVelocityRadOrMPerS ?? Infinity, commandMode === 'effort' ? Infinity : taskSpeed);
    return `${joint} ${Number(speed.toPrecision(3))} ${kind === 'prismatic' ? 'm/s' : 'rad/s'}`;
  });
  return `--explore: an UNTRAINED network moves ${name} at random, at up to ${speeds.join(', ')}. Keep clear of the robot; Ctrl-C stops it.`;
}
