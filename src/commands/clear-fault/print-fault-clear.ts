import { cell, printable, styleFor, type CliIo } from '../../cli/index.ts';

type Result = Readonly<Record<string, unknown>>;

/** What `recover` says to people: what the servo reported, what that means, what was done, how it is now. */
export function renderRecovery(result: Result, io: CliIo): string {
  const style = styleFor(io.stdout, io.env);
  const before = result['before'] as Result;
  const after = result['after'] as Result;
  const explanations = result['explanations'] as Result[];
  const done = result['done'] as string[];
  const joint = result['joint'] === null ? '' : ` (${cell(result['joint'])})`;
  const lines = [
    `servo ${cell(result['id'])}${joint}: ${cell(result['model'])}, firmware ${cell(result['firmware'])}`,
    `before: ${state(before)}`,
    ...explanations.flatMap((explanation) => [
      `  ${cell(explanation['fault'])}: ${cell(explanation['meaning'])}`,
      `    -> ${cell(explanation['cause'])}`,
    ]),
    done.length === 0 ? 'nothing to clear' : `done: ${done.join(', ')}`,
  ].map(printable);
  if (done.length > 0) lines.push(printable(`now:    ${state(after)}`));
  lines.push(
    result['recovered'] === true
      ? style.green('Fault cleared. Torque is off.')
      : style.red('The fault is still active. Remove the cause and try again.'),
  );
  return `${lines.join('\n')}\n`;
}

function state(values: Result): string {
  const faults = values['faults'] as string[];
  return [
    faults.length === 0 ? 'no fault' : `fault ${faults.join(', ')}`,
    `torque ${values['torqueOn'] === true ? 'on' : 'off'}`,
    `${cell(values['voltageV'])} V`,
    `${cell(values['temperatureC'])} C`,
    `position ${cell(values['positionSteps'])}`,
  ].join(', ');
}
