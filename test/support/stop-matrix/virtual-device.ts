import { join } from 'node:path';
import type { Device, DeviceOptions } from './device.ts';
import { readGroundTruth } from './evidence.ts';
import { SoftqdProcess } from './softqd-process.ts';

/** `softqd virtual`: servos or a board on a pseudo-terminal. Its faults come at the time that DeviceOptions.faults states. */
export async function startVirtualDevice({ folder, directory, faults }: DeviceOptions): Promise<Device> {
  const truthFile = join(directory, 'truth.jsonl');
  const words = ['virtual', '--robot', folder.path, '--ground-truth', truthFile, '--json'];
  const device = new SoftqdProcess(faults === null ? words : [...words, '--fault', faults], { ownGroup: true });
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
