import { connectSimulator } from '../../../src/driver/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { type Device, type DeviceOptions, monotonicNs } from './device.ts';
import type { JointSpec } from '../../../src/robot/robot-spec.ts';
import type { DriveKind, Evidence } from './evidence.ts';
import { SoftqdProcess } from './softqd-process.ts';

/** A motor without effort is in its stop mode: readings do not tell damping from nothing. */
function driveOf(effortNmOrN: number, { stopMode }: JointSpec): DriveKind {
  return effortNmOrN === 0 && stopMode !== 'hold' ? stopMode : 'effort';
}

/** `softqd simulate --real-time`: its evidence is what an observer receives. */
export async function startSimulatorDevice({ folder }: DeviceOptions): Promise<Device> {
  const words = ['simulate', '--robot', folder.path, '--real-time', '--listen', '127.0.0.1:0', '--json'];
  const simulator = new SoftqdProcess(words, { ownGroup: true });
  const { url } = await simulator.event(({ event }) => event === 'listening');
  const positions: { atNs: number; values: number[] }[] = [];
  const drives: { atNs: number; kinds: DriveKind[] }[] = [];
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
      const { positions: values, efforts } = event.reading;
      const atNs = monotonicNs();
      positions.push({ atNs, values: Array.from(values) });
      drives.push({ atNs, kinds: Array.from(efforts, (effort, i) => driveOf(effort, folder.robot.joints[i]!)) });
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
      return { protocol: null, joints, positions, drives, goals: [], requests: [], faults: [], ownTimeouts: [] };
    },
  };
}
