import type { Applied } from '../robot/command.ts';
import type { RobotComponents } from './loop-state.ts';
import type { OpenedStep } from './open-step.ts';

/** A step with the command that was actually sent. */
export interface AppliedStep extends OpenedStep {
  readonly applied: Applied;
}

/** Sends the safe command; what was sent becomes the pending step, which the next reading ends. After a stale reading there is none. */
export function apply(
  { driver, task }: Pick<RobotComponents, 'driver' | 'task'>,
  opened: OpenedStep,
  timeNs: number,
): AppliedStep {
  const { state, reading, safeCommand } = opened;
  const applied = driver.apply(safeCommand);
  if (opened.stale) return { ...opened, applied };
  const pendingStep = {
    before: reading,
    observation: opened.observation,
    proposedAction: opened.action,
    appliedAction: task.toAction(applied.targets, reading, state.memory),
    appliedTargets: applied.targets,
    reasonCodes: safeCommand.reasonCodes,
    policyVersion: opened.policyVersion,
    timeNs,
  };
  return { ...opened, applied, state: { ...state, pendingStep } };
}
