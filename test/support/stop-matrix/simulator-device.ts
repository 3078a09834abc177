import { connectSimulator } from '../../../src/driver/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { type Device, type DeviceOptions, monotonicNs } from './device.ts';
import type { Evidence } from './evidence.ts';
import { SoftqdProcess } from './softqd-process.ts';

/** `softqd simulate --real-time`: its evidence is what an observer receives. */
export async function startSimulatorDevice({ folder }: DeviceOptions): Promise<Device> {
  const words = ['simulate', '--robot', folder.path, '--real-time', '--listen', '127.0.0.1:0', '--json'];
  const simulator = new SoftqdProcess(words, { ownGroup: true });
  const { url } = await simulator.event(({ event }) => event === 'listening');
  const positions: { atNs: number; values: number[] }[] = [];
  const observer = await connectSimulator({
    url: String(url),
    robot: folder.robot,
    role: 'watcher',
    controlPeriodS: 0,
    clock: new MonotonicClock(),
    logger: silentLogger,
  });
  observer.driver.readings$.subscribe({
    next: (event) => {
      if (event.kind !== 'reading') return;
      positions.push({ atNs: monotonicNs(), values: Array.from(event.reading.positions) });
    },
    error: () => undefined,
  });
  return {
    driverUrl: String(url),
    servoFault: () => {
      simulator.child.kill('SIGSTOP');
      return monotonicNs();
    },
    unplug: () => {
      simulator.child.kill('SIGKILL');
      return monotonicNs();
    },
    stop: async (): Promise<Evidence> => {
      await observer.driver.close();
      simulator.child.kill('SIGCONT');
      simulator.child.kill('SIGTERM');
      await simulator.exit(20);
      const joints = folder.robot.joints.map(({ name }) => name);
      return { joints, positions, drives: null, goals: [], requests: [], faults: [], ownTimeouts: [] };
    },
  };
}
