import { readFile } from 'node:fs/promises';
import type { Check, Finding } from '../doctor.ts';

export interface SchedulingPaths {
  /** `/proc` and `/sys`. */
  readonly proc: string;
  readonly sysfs: string;
}

const SYSTEM_PATHS: SchedulingPaths = { proc: '/proc', sysfs: '/sys' };
const CAP_IPC_LOCK = 14;
const CAP_SYS_NICE = 23;
/** Program code that control.lockMemory locks. */
const LOCKED_BYTES = 128 * 1024 ** 2;

/** Timing of the control loop on this machine: real-time priority, locked memory, CPU governor. Linux only; no findings elsewhere. */
export function schedulingCheck(paths: SchedulingPaths = SYSTEM_PATHS): Check {
  return {
    id: 'scheduling',
    run: async () => {
      const [limits, status, governor] = await Promise.all([
        text(`${paths.proc}/self/limits`),
        text(`${paths.proc}/self/status`),
        text(`${paths.sysfs}/devices/system/cpu/cpu0/cpufreq/scaling_governor`),
      ]);
      if (limits === null || status === null) return [];
      const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
      const has = (bit: number): boolean => ((capabilities >> BigInt(bit)) & 1n) === 1n;
      return [
        realTimeFinding(limit(limits, 'Max realtime priority'), has(CAP_SYS_NICE)),
        memoryFinding(limit(limits, 'Max locked memory'), has(CAP_IPC_LOCK)),
        ...(governor === null ? [] : [governorFinding(governor.trim())]),
      ];
    },
  };
}

function realTimeFinding(priority: number, capable: boolean): Finding {
  const possible = capable || priority > 0;
  return {
    id: 'scheduling.realTime',
    level: possible ? 'ok' : 'info',
    title: 'real-time priority',
    detail: possible
      ? `available${capable ? '' : ` up to ${priority}`}; enable with --set control.realTimePriority=50`
      : 'not permitted for this user; ticks may be late under load',
    hint: possible
      ? null
      : 'echo "$USER - rtprio 90" | sudo tee /etc/security/limits.d/90-softqd.conf, then log in again; or LimitRTPRIO=90 in a systemd unit.',
  };
}

function memoryFinding(bytes: number, capable: boolean): Finding {
  const possible = capable || bytes >= LOCKED_BYTES;
  const megabytes = Number.isFinite(bytes) ? `${Math.round(bytes / 1024 ** 2)} MiB` : 'any amount';
  return {
    id: 'scheduling.memoryLock',
    level: possible ? 'ok' : 'info',
    title: 'locked memory',
    detail: possible
      ? 'program code can be kept in memory: --set control.lockMemory=true'
      : `only ${megabytes} may be locked; not enough for the program code`,
    hint: possible
      ? null
      : 'echo "$USER - memlock unlimited" | sudo tee -a /etc/security/limits.d/90-softqd.conf, then log in again; or LimitMEMLOCK=infinity in a systemd unit.',
  };
}

function governorFinding(governor: string): Finding {
  const steady = governor === 'performance' || governor === 'schedutil';
  return {
    id: 'scheduling.governor',
    level: steady ? 'ok' : 'info',
    title: 'CPU governor',
    detail: `${governor}${steady ? '' : ': adds latency after idle periods'}`,
    hint: steady ? null : 'echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor.',
  };
}

/** The soft limit in a row of /proc/self/limits; Infinity for `unlimited`, 0 when it is missing. */
function limit(limits: string, name: string): number {
  const word = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(limits)?.[1];
  if (word === 'unlimited') return Infinity;
  return Number(word ?? 0) || 0;
}

function text(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
