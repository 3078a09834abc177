import { printable, shortNumber, styleFor, type CliIo } from '../../cli/index.ts';
import type { ServoState } from '../../commissioning/index.ts';
import { robotKey } from '../../robot/robot-id.ts';
import type { ClearFaultResult, KeptFaultResult } from './types.ts';

/** The result of `clear-fault` as text: state before, explanations, actions, state after. */
export function printClearFault(result: ClearFaultResult, io: CliIo): string {
  const style = styleFor(io.stdout, io.env);
  const { id, joint, model, firmware, before, explanations, actions, after, recovered } = result;
  const lines = [
    `servo ${id}${joint === null ? '' : ` (${joint})`}: ${model}, firmware ${firmware}`,
    `before: ${stateText(before)}`,
    ...explanations.flatMap(({ fault, meaning, remedy }) => [`  ${fault}: ${meaning}`, `    -> ${remedy}`]),
    actions.length === 0 ? 'nothing to clear' : `done: ${actions.join(', ')}`,
    ...(actions.length === 0 ? [] : [`now:    ${stateText(after)}`]),
  ].map(printable);
  const end = recovered
    ? style.green('Fault cleared. Torque is off.')
    : style.red('The fault is still active. Remove the cause and try again.');
  return `${[...lines, end].join('\n')}\n`;
}

function stateText({ faults, torqueOn, voltageV, temperatureC, positionSteps }: ServoState): string {
  return [
    faults.length === 0 ? 'no fault' : `fault ${faults.join(', ')}`,
    `torque ${torqueOn ? 'on' : 'off'}`,
    `${shortNumber(voltageV)} V`,
    `${shortNumber(temperatureC)} C`,
    `position ${positionSteps}`,
  ].join(', ');
}

/** The result of `clear-fault` without an ID as text. */
export function printKeptFault({ robot, id, cleared, boardCleared }: KeptFaultResult): string {
  const name = robotKey(robot, id);
  const kept =
    cleared === null
      ? `${name}: no fault was kept`
      : `${name}: cleared the fault of ${cleared.at}: ${cleared.message} [${cleared.code}]`;
  return `${printable(kept)}${boardCleared ? '; the board cleared its stop' : ''}\n`;
}
