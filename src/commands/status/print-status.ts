import { printable, shortNumber, styleFor, table, type CliIo } from '../../cli/index.ts';
import { robotKey } from '../../robot/robot-id.ts';
import type { StatusResult } from './types.ts';

/** The state of a robot as text. */
export function printStatus(status: StatusResult, io: CliIo): string {
  const style = styleFor(io.stdout, io.env);
  const { robot, id, state, reason, healthy, fault } = status;
  const name = robot === '' ? 'no robot' : robotKey(robot, id);
  const head = `${name}: ${healthy ? style.green(state) : style.red(state)}${reason === null ? '' : `: ${printable(reason)}`}`;
  const lines = [head, ...loopLines(status), ...readingLines(status), ...stopLines(status), ...holdLines(status)];
  if (fault !== null)
    lines.push(printable(`fault since ${fault.at}: ${fault.message} [${fault.code}]; softqd clear-fault clears it`));
  return `${lines.join('\n')}\n${servoTable(status)}`;
}

function loopLines(status: StatusResult): readonly string[] {
  const { run, driver, learner } = status;
  if (status.loop === null) return run === null ? [] : [printable(`run ${run}`)];
  const { loop, pid, policy } = status;
  const learning = learner === null ? '' : `, learner process ${learner.pid ?? '-'} with ${learner.updates} updates`;
  return [
    printable(`run ${run}, process ${pid}, driver ${driver ?? 'embedded simulator'}`),
    `${shortNumber(loop.rateHz)} Hz, ${loop.ticks} ticks, ${loop.skipped} skipped, late p99 ${shortNumber(loop.latenessUs.p99)} us, policy ${policy.version}${learning}`,
  ];
}

function readingLines({ readings, effortNotLimited }: StatusResult): readonly string[] {
  const lines = readings === null ? [] : [`${readings.lost} readings lost, ${readings.pauses} pauses`];
  if (effortNotLimited.length > 0) lines.push(printable(`effort not limited: ${effortNotLimited.join(', ')}`));
  return lines;
}

function stopLines({ stop }: StatusResult): readonly string[] {
  return stop === null ? [] : [printable(`stopped: ${stop.text.join('; ')}`)];
}

function holdLines({ hold }: StatusResult): readonly string[] {
  if (hold === null) return [];
  const joints = hold.joints.map(({ joint, mode, leftS, then }) =>
    leftS === null ? `${joint} ${mode}` : `${joint} ${mode}, ${then} in ${Math.round(leftS)} s`,
  );
  return [printable(`watchdog process ${hold.pid}: ${joints.join('; ')}`)];
}

function servoTable({ servos }: StatusResult): string {
  if (servos.length === 0) return '';
  const rows = servos.map(({ joint, lost, temperatureC, supplyV, load, derating }) => [
    printable(joint),
    shortNumber(lost),
    shortNumber(temperatureC),
    shortNumber(supplyV),
    shortNumber(load),
    derating < 1 ? `${Math.round(100 * derating)} %` : '-',
  ]);
  return table([['joint', 'lost', 'C', 'V', 'load', 'slowed to'], ...rows]);
}
