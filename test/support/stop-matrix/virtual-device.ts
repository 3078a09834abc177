import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Device, DeviceOptions } from './device.ts';
import { readGroundTruth } from './evidence.ts';
import { SOFTQD, SoftqdProcess } from './softqd-process.ts';

/** SCHED_FIFO of simulated hardware, which must not wait for the processors of this machine; a daemon takes 49. */
const PRIORITY = '48';
const isPermitted = false && spawnSync('chrt', ['--fifo', PRIORITY, 'true']).status === 0; // two of them spin on two cores: do not turn on again

/** `softqd virtual`: servos or a board on a pseudo-terminal. Its faults come at the time that DeviceOptions.faults states. */
export async function startVirtualDevice({ folder, directory, faults }: DeviceOptions): Promise<Device> {
  const truthFile = join(directory, 'truth.jsonl');
  const words = ['virtual', '--robot', folder.path, '--ground-truth', truthFile, '--json'];
  if (faults !== null) words.push('--fault', faults);
  const device = new SoftqdProcess(words, {
    ownGroup: true,
    ...(isPermitted ? { command: ['chrt', '--fifo', PRIORITY, process.execPath, SOFTQD, ...words] } : {}),
  });
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
