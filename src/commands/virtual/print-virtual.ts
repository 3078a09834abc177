import { printable } from '../../cli/index.ts';
import type { VirtualEvent, VirtualOptions } from './types.ts';

const VIRTUAL_ID = 'virtual';

type Ready = Extract<VirtualEvent, { event: 'ready' }>;

/** An event of a virtual device as text; with `ready`, the commands that connect to it. */
export function printVirtual(
  event: VirtualEvent,
  options: Pick<VirtualOptions, 'robot' | 'calibrated' | 'factoryServo'>,
): string {
  return virtualLines(event, options)
    .map((line) => printable(`${line}\n`))
    .join('');
}

function virtualLines(
  event: VirtualEvent,
  options: Pick<VirtualOptions, 'robot' | 'calibrated' | 'factoryServo'>,
): readonly string[] {
  switch (event.event) {
    case 'hand-guiding':
      if (event.phase === 'middle') return ['hand guiding: holding all torque-free joints at mid-range for 6 s'];
      return event.phase === 'range' ? [`hand guiding: moving ${event.joint} through its range`] : [];
    case 'unplugged':
      return [`${event.pty} disconnected (simulated)`];
    case 'ready':
      return readyLines(event, options);
  }
}

function readyLines(
  { protocol, link, pty, ids, baudRate, task }: Ready,
  { robot, calibrated, factoryServo }: Pick<VirtualOptions, 'robot' | 'calibrated' | 'factoryServo'>,
): readonly string[] {
  const driver = `${protocol}:${link ?? pty}`;
  // Its own ID: the calibration of a virtual robot must not replace that of a real one.
  const connection = `--robot ${robot}${ids.length > 0 ? ` --id ${VIRTUAL_ID}` : ''} --driver ${driver}`;
  if (factoryServo !== null) {
    return [
      `${robot}: new servo for ${factoryServo} (ID ${ids[0]!}, ${baudRate} baud) on ${pty}. Press Ctrl-C to stop.`,
      `Configure it with: softqd setup-servos --robot ${robot} --driver ${driver} --joint ${factoryServo}`,
    ];
  }
  const devices = ids.length > 0 ? `${protocol} servos ${ids.join(', ')}` : `a ${protocol} board`;
  return [
    `${robot}: ${devices} at ${baudRate} baud on ${pty}. Press Ctrl-C to stop.`,
    ...(calibrated || ids.length === 0 ? [] : [`Calibrate with: softqd calibrate ${connection}`]),
    `Move a joint with: softqd jog JOINT ${connection} --by 0.1`,
    `Connect with: softqd run ${connection} --task ${task ?? 'TASK'} --policy FILE (or --explore)`,
  ];
}
