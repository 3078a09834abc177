import { join } from 'node:path';
import type { Device, DeviceOptions } from './device.ts';
import { readGroundTruth } from './evidence.ts';
import { SOFTQD, SoftqdProcess, type SoftqdProcessOptions } from './softqd-process.ts';

/** `softqd virtual`: servos or a board on a pseudo-terminal. Its faults come at the time that DeviceOptions.faults states. It usually has
 * normal scheduling: devices with a real-time priority starve the harness on a machine of two processors. */
export async function startVirtualDevice({
  folder,
  directory,
  faults,
  realTimePriority,
}: DeviceOptions): Promise<Device> {
  const truthFile = join(directory, 'truth.jsonl');
  const words = ['virtual', '--robot', folder.path, '--ground-truth', truthFile, '--json'];
  if (faults !== null) words.push('--fault', faults);
  const priority: SoftqdProcessOptions =
    realTimePriority === undefined
      ? {}
      : { command: ['chrt', '-f', String(realTimePriority), process.execPath, SOFTQD, ...words] };
  const device = new SoftqdProcess(words, { ownGroup: true, ...priority });
  const ready = await device.event(({ event }) => event === 'ready');
  return {
    driverUrl: `${String(ready['protocol'])}:${String(ready['pty'])}`,
    servoFault: () => null,
    unplug: () => null,
    stop: async () => {
      device.child.kill('SIGTERM');
      await device.exit(20);
      return readGroundTruth(truthFile);
    },
  };
}
