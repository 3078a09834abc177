import { SECOND_CTRL_C_S, type EventName } from './cell.ts';
import { type Daemon, pause } from './daemon.ts';
import { type Device, monotonicNs } from './device.ts';

/** How long the robot is observed without its learner, s. */
const WITHOUT_LEARNER_S = 1.5;

/** Makes an event happen. CLOCK_MONOTONIC, ns; null: it is scheduled, the evidence has its time. */
export async function makeEvent(
  event: EventName,
  daemon: Daemon,
  device: Device,
  problems: string[],
): Promise<number | null> {
  switch (event) {
    case 'ctrl-c':
      return daemon.signal('SIGINT', { group: true });
    case 'second-ctrl-c': {
      // Judged from the first one: what moves slowly has stopped before the second.
      const firstNs = daemon.signal('SIGINT', { group: true });
      await pause(SECOND_CTRL_C_S);
      signalUnlessEnded(daemon);
      return firstNs;
    }
    case 'sigterm':
      return daemon.signal('SIGTERM');
    case 'sighup':
      return daemon.signal('SIGHUP');
    case 'sigkill':
      return daemon.signal('SIGKILL');
    case 'sigstop':
      return daemon.signal('SIGSTOP');
    case 'group-kill':
      return daemon.signal('SIGKILL', { group: true });
    case 'terminal-closed': {
      const atNs = monotonicNs();
      daemon.process.child.kill('SIGKILL');
      return atNs;
    }
    case 'end-of-duration':
      return null;
    case 'servo-fault':
      return device.servoFault();
    case 'unplug':
      return device.unplug();
    case 'learner-death':
      return learnerDeath(daemon, problems);
  }
}

/** Ctrl-C, unless the first one has already ended the run. */
function signalUnlessEnded(daemon: Daemon): void {
  try {
    daemon.signal('SIGINT', { group: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The robot continues without its learner; then an orderly stop. */
async function learnerDeath(daemon: Daemon, problems: string[]): Promise<number> {
  process.kill(daemon.learnerPid, 'SIGKILL');
  const before = daemon.process.events.length;
  await pause(WITHOUT_LEARNER_S);
  const after = daemon.process.events.slice(before);
  if (daemon.process.exited) problems.push('the daemon ended with its learner');
  if (!after.some(({ event, state }) => event === 'status' && state === 'armed'))
    problems.push('the run did not continue without its learner');
  return daemon.signal('SIGINT');
}
